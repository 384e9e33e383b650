#include "model/random.hpp"

#include <Random123/philox.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "model/math.hpp"

namespace augsweep::model {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

struct KnownAnswer {
  std::array<std::uint64_t, 4> counter;
  std::array<std::uint64_t, 2> key;
  std::array<std::uint64_t, 4> output;
};

// Published with Random123 (its file kat_vectors, lines "philox4x64 10").
const KnownAnswer known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
    {{~0ULL, ~0ULL, ~0ULL, ~0ULL},
     {~0ULL, ~0ULL},
     {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
    {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
     {0x452821e638d01377, 0xbe5466cf34e90c6c},
     {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}}};

std::vector<std::uint64_t> first_bits(StreamKey key, Purpose purpose, int n) {
  RandomStream stream(key, purpose);
  std::vector<std::uint64_t> bits;
  for (int i = 0; i < n; ++i) {
    bits.push_back(stream.bits());
  }
  return bits;
}

TEST(Philox, GivesThePublishedAnswers) {
  for (const KnownAnswer& known : known_answers) {
    r123::Philox4x64::ctr_type counter{};
    r123::Philox4x64::key_type key{};
    std::copy(known.counter.begin(), known.counter.end(), counter.v);
    std::copy(known.key.begin(), known.key.end(), key.v);
    EXPECT_THAT(r123::Philox4x64{}(counter, key).v, ElementsAreArray(known.output));
  }
}

TEST(RandomStream, CountsBlocksOfPhiloxWithThePurposeInTheSecondWord) {
  // Key 0, purpose `weights` (0), block 0: the first published vector.
  EXPECT_THAT(first_bits({}, Purpose::weights, 4),
              ElementsAre(0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b));
  // Block 1 of another purpose and key.
  const StreamKey key{{11, 12}};
  const auto block = r123::Philox4x64{}({{1, 3, 0, 0}}, {{11, 12}});
  const auto bits = first_bits(key, Purpose::test_task, 8);
  EXPECT_THAT(std::vector(bits.begin() + 4, bits.end()), ElementsAre(block[0], block[1], block[2], block[3]));
}

TEST(RandomStream, GivesTheLibrarysNumbersWithEveryInstructionSet) {
  for (const Isa isa : supported_isas()) {
    for (int n = 0; n < 20; ++n) {
      const StreamKey key = key_of("instruction sets, key " + std::to_string(n));
      const auto purpose = static_cast<Purpose>(n % 5);
      RandomStream bits(key, purpose, isa);
      RandomStream log_odds(key, purpose, isa);
      for (std::uint64_t block = 0; block < 40; ++block) {
        const auto expected = r123::Philox4x64{}({{block, static_cast<std::uint64_t>(purpose), 0, 0}},
                                                 {{key.words[0], key.words[1]}});
        for (const std::uint64_t number : expected) {
          ASSERT_EQ(bits.bits(), number) << name_of(isa) << ", block " << block;
          const double u = static_cast<double>(number >> 11U) * 0x1.0p-53;
          ASSERT_EQ(log_odds.log_odds(), logarithm((1.0 - u) / u)) << name_of(isa) << ", block " << block;
        }
      }
    }
  }
}

TEST(RandomStream, IsAFunctionOfKeyAndPurposeAlone) {
  EXPECT_EQ(first_bits(key_of("job 7"), Purpose::task, 100), first_bits(key_of("job 7"), Purpose::task, 100));
}

TEST(RandomStream, SharesNoNumberWithAnyOtherPurposeOrKey) {
  std::set<std::uint64_t> seen;
  const int n = 1000;
  int streams = 0;
  for (const char* text : {"job 0", "job 1"}) {
    for (const Purpose purpose :
         {Purpose::weights, Purpose::task, Purpose::policy, Purpose::test_task, Purpose::test_policy}) {
      const auto bits = first_bits(key_of(text), purpose, n);
      seen.insert(bits.begin(), bits.end());
      ++streams;
    }
  }
  // Two of 10^4 draws of 64 bits are equal with probability 3e-12.
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(n * streams));
}

TEST(RandomStream, PurposesOfOneKeyAreUncorrelated) {
  RandomStream task(key_of("job"), Purpose::task);
  RandomStream policy(key_of("job"), Purpose::policy);
  const int n = 100'000;
  double product = 0.0;
  for (int i = 0; i < n; ++i) {
    product += (task.uniform() - 0.5) * (policy.uniform() - 0.5);
  }
  // The product has mean 0 and variance (1/12)^2: 5 standard errors.
  EXPECT_LT(std::fabs(product / n), 5.0 / 12.0 / std::sqrt(n));
}

TEST(RandomStream, PurposeNumbersArePartOfPublishedResults) {
  EXPECT_EQ(static_cast<int>(Purpose::weights), 0);
  EXPECT_EQ(static_cast<int>(Purpose::task), 1);
  EXPECT_EQ(static_cast<int>(Purpose::policy), 2);
  EXPECT_EQ(static_cast<int>(Purpose::test_task), 3);
  EXPECT_EQ(static_cast<int>(Purpose::test_policy), 4);
}

TEST(RandomStream, UniformTakesTheUpper53Bits) {
  RandomStream stream({}, Purpose::weights);
  EXPECT_EQ(stream.uniform(), static_cast<double>(0x16554d9eca36314c >> 11) / 9007199254740992.0);
}

TEST(RandomStream, UniformIsInTheHalfOpenUnitIntervalWithMeanAndVarianceOfIt) {
  RandomStream stream(key_of("uniform"), Purpose::task);
  const int n = 200'000;
  double sum = 0.0;
  double squares = 0.0;
  for (int i = 0; i < n; ++i) {
    const double u = stream.uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
  }
  EXPECT_NEAR(sum / n, 0.5, 5.0 * std::sqrt(1.0 / 12.0 / n));
  EXPECT_NEAR(squares / n, 1.0 / 12.0, 5.0 * std::sqrt(1.0 / 180.0 / n));
}

TEST(RandomStream, LogOddsAreThoseOfTheNumberThatUniformWouldGive) {
  RandomStream numbers(key_of("odds"), Purpose::policy);
  RandomStream odds(key_of("odds"), Purpose::policy);
  for (int i = 0; i < 1000; ++i) {
    const double u = numbers.uniform();
    // In any mixture with other numbers of the same stream.
    if (i % 7 < 4) {
      EXPECT_EQ(odds.log_odds(), logarithm((1.0 - u) / u)) << "number " << i;
    } else {
      EXPECT_EQ(odds.uniform(), u) << "number " << i;
    }
  }
}

TEST(RandomStream, BelowGivesEveryNumberEquallyOften) {
  RandomStream stream(key_of("below"), Purpose::task);
  for (const int n : {1, 2, 3, 4, 7, 9}) {
    const int draws = 100'000;
    std::vector<int> counts(static_cast<std::size_t>(n));
    for (int i = 0; i < draws; ++i) {
      const int drawn = stream.below(n);
      ASSERT_GE(drawn, 0);
      ASSERT_LT(drawn, n);
      ++counts[static_cast<std::size_t>(drawn)];
    }
    const double p = 1.0 / n;
    for (const int count : counts) {
      EXPECT_NEAR(count, draws * p, 5.0 * std::sqrt(draws * p * (1.0 - p))) << "of " << n;
    }
  }
}

TEST(RandomStream, BelowReachesBothEndsOfTheLargestRange) {
  const int n = 2'147'483'647;
  RandomStream stream(key_of("large"), Purpose::task);
  int least = n;
  int most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const int drawn = stream.below(n);
    least = std::min(least, drawn);
    most = std::max(most, drawn);
  }
  EXPECT_GE(least, 0);
  EXPECT_LT(least, n / 500);  // missed with probability exp(-20)
  EXPECT_GT(most, n - n / 500);
}

std::uint64_t little_endian(const std::string& hex) {
  std::uint64_t word = 0;
  for (std::size_t byte = 0; byte < 8; ++byte) {
    word |= static_cast<std::uint64_t>(std::stoul(hex.substr(2 * byte, 2), nullptr, 16)) << (8 * byte);
  }
  return word;
}

TEST(KeyOf, IsTheBeginningOfTheSha256OfTheText) {
  // FIPS 180-2: SHA-256("abc") = ba7816bf 8f01cfea 414140de 5dae2223 ..., SHA-256("") = e3b0c442 98fc1c14 ...
  EXPECT_THAT(key_of("abc").words,
              ElementsAre(little_endian("ba7816bf8f01cfea"), little_endian("414140de5dae2223")));
  EXPECT_THAT(key_of("").words,
              ElementsAre(little_endian("e3b0c44298fc1c14"), little_endian("9afbf4c8996fb924")));
}

}  // namespace
}  // namespace augsweep::model
