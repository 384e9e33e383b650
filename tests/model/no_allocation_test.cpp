// A step of the network takes no memory from the heap: at a few hundred nanoseconds a step, it could not
// afford to. The linker sends every call of malloc and its kin in this program here (--wrap, see
// CMakeLists.txt).
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "model/network.hpp"
#include "model/policy.hpp"

// The names are the linker's.
// NOLINTBEGIN(bugprone-reserved-identifier,cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
namespace {
volatile long allocations = 0;  // volatile: compilers take malloc for a function that changes no variable
}

extern "C" {
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* pointer, std::size_t size);
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
int __real_posix_memalign(void** pointer, std::size_t alignment, std::size_t size);
void* __real__Znwm(std::size_t size);  // operator new(unsigned long)

void* __wrap_malloc(std::size_t size) {
  allocations = allocations + 1;
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {
  allocations = allocations + 1;
  return __real_calloc(count, size);
}
void* __wrap_realloc(void* pointer, std::size_t size) {
  allocations = allocations + 1;
  return __real_realloc(pointer, size);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
  allocations = allocations + 1;
  return __real_aligned_alloc(alignment, size);
}
int __wrap_posix_memalign(void** pointer, std::size_t alignment, std::size_t size) {
  allocations = allocations + 1;
  return __real_posix_memalign(pointer, alignment, size);
}
void* __wrap__Znwm(std::size_t size) {
  allocations = allocations + 1;
  return __real__Znwm(size);
}
}
// NOLINTEND(bugprone-reserved-identifier,cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)

namespace augsweep::model {
namespace {

TEST(AllocationCounter, SeesWhatEigenAndTheStandardLibraryTake) {
  const long before = allocations;
  const Matrix matrix = Matrix::Zero(30, 30);
  const volatile double* kept = matrix.data();  // or the optimiser would leave the matrix out
  EXPECT_EQ(kept[0], 0.0);
  EXPECT_GT(allocations, before);
  const long between = allocations;
  const auto number = std::make_unique<volatile double>(1.0);
  EXPECT_EQ(*number, 1.0);
  EXPECT_GT(allocations, between);
}

TEST(Network, TakesNoMemoryInAnyStepOfAnyVariant) {
  for (const Feedback feedback : {Feedback::plastic, Feedback::symmetric, Feedback::fixed_random}) {
    for (const MemoryInput memory_input : {MemoryInput::transient, MemoryInput::trace}) {
      NetworkParameters parameters;
      parameters.shape = {8, 10, 20, 2};
      parameters.leak = {0.7, 1.0};
      parameters.feedback = feedback;
      parameters.memory_input = memory_input;
      RandomStream stream(key_of("no allocation"), Purpose::weights);
      Network network(parameters, random_weights(parameters, stream));
      Policy policy({.kind = PolicyKind::softmax, .weight_g = true});
      std::vector<double> stimulus(8);

      const long before = allocations;
      for (int step = 0; step < 50; ++step) {
        if (step % 10 == 0) {
          network.reset();
          network.clear_previous_stimulus();
          policy.begin_trial(step);
        }
        stimulus[static_cast<std::size_t>(step % 8)] = static_cast<double>(step % 2);
        const int response = policy.choose(network.forward(stimulus, step % 9 == 8), stream);
        network.learn(0.1);
        network.tag(response);
      }
      const bool finite = network.weights_finite();
      EXPECT_EQ(allocations, before) << name_of(feedback) << ", " << name_of(memory_input);
      EXPECT_TRUE(finite);
    }
  }
}

}  // namespace
}  // namespace augsweep::model
