// A task takes no memory from the heap once its buffers have grown: it stands in the innermost loop. The
// linker sends every call of malloc and operator new in this program here (--wrap, see CMakeLists.txt).
#include <gtest/gtest.h>

#include <cstdlib>

#include "trials.hpp"

// The names are the linker's.
// NOLINTBEGIN(bugprone-reserved-identifier,cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
namespace {
volatile long allocations = 0;  // volatile: compilers take malloc for a function that changes no variable
}

extern "C" {
void* __real_malloc(std::size_t size);
void* __real__Znwm(std::size_t size);  // operator new(unsigned long)

void* __wrap_malloc(std::size_t size) {
  allocations = allocations + 1;
  return __real_malloc(size);
}
void* __wrap__Znwm(std::size_t size) {
  allocations = allocations + 1;
  return __real__Znwm(size);
}
}
// NOLINTEND(bugprone-reserved-identifier,cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)

namespace augsweep::tasks {
namespace {

TEST(AllocationCounter, SeesAVectorGrow) {
  const long before = allocations;
  std::vector<int> values;
  values.push_back(1);
  const volatile int* kept = values.data();  // or the optimiser would leave the vector out
  EXPECT_EQ(kept[0], 1);
  EXPECT_GT(allocations, before);
}

TEST(Task, TakesNoMemoryOnceItsBuffersHaveGrown) {
  for (const TaskEntry& entry : all_tasks()) {
    const auto task = make(entry.name);
    model::RandomStream stream = stream_for(entry.name);
    Trial trial;
    const auto run_trials = [&](int trials) {
      int errors = 0;
      for (int i = 0; i < trials; ++i) {
        task->draw(i % 2 == 0 ? Phase::training : Phase::test, stream, trial);
        task->begin(i % 2 == 0 ? Phase::training : Phase::test, trial);
        bool over = false;
        while (!over) {
          over = task->respond(task->observe().target == 1 ? 1 : stream.below(task->info().responses)).over;
        }
        errors += task->score().error_free ? 0 : 1;
      }
      return errors;
    };
    run_trials(200);
    const long before = allocations;
    const int errors = run_trials(500);
    EXPECT_EQ(allocations, before) << entry.name;
    EXPECT_GT(errors, 0) << entry.name;
  }
}

}  // namespace
}  // namespace augsweep::tasks
