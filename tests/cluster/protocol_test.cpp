#include "cluster/protocol.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace augsweep::cluster {
namespace {

std::vector<std::byte> some_bytes(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

const Hello hello{.program = "augsweep 1.0", .host = "node-17", .cores = "0-3,8", .process = 4711};
const Setup setup{
    .job_timeout = 60.0, .heartbeat = 5.0, .silence_limit = 0.0, .text = std::string("line 1\nline\0 2", 13)};
const std::vector<AssignedJob> jobs{{.job = 0, .attempt = 1}, {.job = 1ULL << 40U, .attempt = 7}};

TEST(Protocol, RepeatsWhatWasSaid) {
  EXPECT_EQ(decode_hello(encode(hello)), hello);
  EXPECT_EQ(decode_setup(encode(setup)), setup);
  EXPECT_EQ(decode_jobs(encode(jobs)), jobs);
  EXPECT_TRUE(decode_jobs({}).empty());
  EXPECT_EQ(decode_stop(encode(Stop{.grace = 0.25})), Stop{.grace = 0.25});
  EXPECT_EQ(decode_goodbye(encode(Goodbye{.busy_seconds = 3.5, .idle_seconds = 0.1})),
            (Goodbye{.busy_seconds = 3.5, .idle_seconds = 0.1}));
  EXPECT_EQ(decode_fault(encode_fault("no such file")), "no such file");
}

TEST(Protocol, CarriesAResultWithItsOutcomeUntouched) {
  const auto outcome = some_bytes(16'384);
  const auto message = encode(Result{.assigned = jobs[1],
                                     .status = training::Status::not_converged,
                                     .seconds = 1.5,
                                     .started = 1.7e9,
                                     .ended = 1.7e9 + 1.5,
                                     .outcome = outcome});
  const Result result = decode_result(message);
  EXPECT_EQ(result.assigned, jobs[1]);
  EXPECT_EQ(result.status, training::Status::not_converged);
  EXPECT_EQ(result.seconds, 1.5);
  EXPECT_EQ(result.started, 1.7e9);
  EXPECT_EQ(result.ended, 1.7e9 + 1.5);
  EXPECT_TRUE(std::equal(result.outcome.begin(), result.outcome.end(), outcome.begin(), outcome.end()));
}

TEST(Protocol, NeedsTwelveBytesForAJob) {
  EXPECT_EQ(encode(std::vector<AssignedJob>(1000)).size(), 12'000U);
}

struct Case {
  const char* name;
  std::vector<std::byte> message;
  std::function<void(std::span<const std::byte>)> decode;
};

class ProtocolRefuses : public ::testing::TestWithParam<Case> {};

TEST_P(ProtocolRefuses, EveryTruncation) {
  const auto& [name, message, decode] = GetParam();
  ASSERT_NO_THROW(decode(message));
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_THROW(decode(std::span(message).first(size)), ProtocolError) << size << " bytes";
  }
}

TEST_P(ProtocolRefuses, ASurplusByte) {
  auto message = GetParam().message;
  message.push_back(std::byte{0});
  EXPECT_THROW(GetParam().decode(message), ProtocolError);
}

INSTANTIATE_TEST_SUITE_P(
    Protocol, ProtocolRefuses,
    ::testing::Values(Case{"Hello", encode(hello), [](auto bytes) { decode_hello(bytes); }},
                      Case{"Setup", encode(setup), [](auto bytes) { decode_setup(bytes); }},
                      Case{"Stop", encode(Stop{}), [](auto bytes) { decode_stop(bytes); }},
                      Case{"Goodbye", encode(Goodbye{}), [](auto bytes) { decode_goodbye(bytes); }},
                      Case{"Fault", encode_fault("text"), [](auto bytes) { decode_fault(bytes); }}),
    [](const auto& one) { return one.param.name; });

TEST(Protocol, RefusesHalfAJob) {
  auto message = encode(jobs);
  message.pop_back();
  EXPECT_THROW(decode_jobs(message), ProtocolError);
}

TEST(Protocol, RefusesAResultWithoutAHeader) {
  const auto message = encode(Result{.assigned = {}, .status = training::Status::converged, .outcome = {}});
  ASSERT_NO_THROW(decode_result(message));
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_THROW(decode_result(std::span(message).first(size)), ProtocolError) << size << " bytes";
  }
}

TEST(Protocol, RefusesAStatusThatNoFinishedJobHas) {
  EXPECT_THROW(
      decode_result(encode(Result{.assigned = {}, .status = training::Status::pending, .outcome = {}})),
      ProtocolError);
  EXPECT_THROW(decode_result(
                   encode(Result{.assigned = {}, .status = static_cast<training::Status>(6), .outcome = {}})),
               ProtocolError);
  EXPECT_THROW(decode_result(encode(
                   Result{.assigned = {}, .status = static_cast<training::Status>(-1), .outcome = {}})),
               ProtocolError);
}

TEST(Protocol, RefusesTimesThatAreNone) {
  for (const double nonsense : {-1.0, std::numeric_limits<double>::infinity(), training::not_a_number}) {
    EXPECT_THROW(decode_stop(encode(Stop{.grace = nonsense})), ProtocolError) << nonsense;
  }
}

TEST(Protocol, RefusesATextLongerThanItsMessage) {
  auto message = encode_fault("text");
  const std::uint64_t absurd = std::numeric_limits<std::uint64_t>::max();
  std::memcpy(message.data(), &absurd, sizeof absurd);
  EXPECT_THROW(decode_fault(message), ProtocolError);
}

TEST(Protocol, RefusesAHelloOfAnotherProtocol) {
  auto message = encode(hello);
  message[6] ^= std::byte{1};  // the version
  EXPECT_THROW(decode_hello(message), ProtocolError);
}

}  // namespace
}  // namespace augsweep::cluster
