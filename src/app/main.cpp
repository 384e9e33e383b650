#include "app/program.hpp"

int main(int argc, char** argv) {
  return augsweep::app::run_program(argc, argv);
}
