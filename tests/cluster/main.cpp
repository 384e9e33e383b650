// GoogleTest's main for a program that also runs under mpirun: every rank runs the same tests in the same
// order, the first one prints them, the others print their failures only.

#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "fleet.hpp"

namespace {

class FailuresOnly : public ::testing::EmptyTestEventListener {
  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::cerr << "rank " << augsweep::cluster::testing::process_rank() << ": " << result.file_name() << ':'
              << result.line_number() << ": " << result.summary() << '\n';
  }
};

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const augsweep::cluster::testing::FleetSession session;
  if (augsweep::cluster::testing::process_rank() != 0) {
    auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
    const std::unique_ptr<::testing::TestEventListener> unused(
        listeners.Release(listeners.default_result_printer()));
    listeners.Append(std::make_unique<FailuresOnly>().release());  // GoogleTest owns it now
  }
  return RUN_ALL_TESTS();
}
