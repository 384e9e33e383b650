// Files that are no result files, or no longer: one sentence that names the file, and never a crash.

#include <gmock/gmock.h>
#include <hdf5.h>

#include <fstream>

#include "example.hpp"
#include "store/digest.hpp"
#include "store/h5.hpp"

namespace augsweep::store {
namespace {

using testing::HasSubstr;

class Malformed : public StoreTest {
 public:
  void make(const std::string& bytes) const { std::ofstream(file, std::ios::binary) << bytes; }

  /// Everything that readers do with a file. The sentence, or nothing if all is well with it.
  std::string said() const {
    return complaint([this] {
      const Reader reader(file);
      verify(reader);
      reader.closed_properly();
      reader.highest_attempt();
    });
  }
  std::string bytes_of(const std::filesystem::path& path) const {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

TEST_F(Malformed, MissingFilesAndFoldersAreNamed) {
  EXPECT_EQ(said(), file.string() + ": does not exist");
  std::filesystem::create_directory(file);
  EXPECT_EQ(said(), file.string() + ": is a folder, not a result file");
}

TEST_F(Malformed, FilesOfOtherKindsAreRefused) {
  for (const std::string& bytes :
       {std::string(), std::string("x"), std::string("[task]\nname = \"12ax\"\n"), std::string(4096, '\0')}) {
    make(bytes);
    EXPECT_EQ(said(), file.string() + ": is no HDF5 file, so no result file of augsweep");
  }
}

TEST_F(Malformed, HDF5FilesOfOtherProgramsAreRefused) {
  h5::set_up();
  H5Fclose(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));  // the old format
  EXPECT_THAT(said(), testing::AllOf(HasSubstr(file.string()), HasSubstr("superblock has version 0")));
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  H5Fclose(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access));
  H5Pclose(access);
  EXPECT_THAT(said(), HasSubstr("it was made by another program"));
}

TEST_F(Malformed, FilesOfANewerFormatAreRefusedByNumber) {
  closed_file({0});
  h5::set_up();
  const hid_t open = H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t attribute = H5Aopen(open, "format_version", H5P_DEFAULT);
  const std::int64_t next = 99;
  H5Awrite(attribute, H5T_NATIVE_INT64, &next);
  H5Aclose(attribute);
  H5Fclose(open);
  EXPECT_THAT(said(), HasSubstr("version 99"));
}

TEST_F(Malformed, TruncatedFilesAreRefusedAtEveryLength) {
  const std::string whole = bytes_of(closed_file({0, 1, 2, 3}));
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 3) {
    make(whole.substr(0, size));
    EXPECT_THAT(said(), HasSubstr(file.string())) << size << " of " << whole.size() << " bytes";
  }
}

// Flipped bits are for tests/faults/test_bad_input.py: HDF5 1.10 crashes over some, and the program reads in
// a child process.

}  // namespace
}  // namespace augsweep::store
