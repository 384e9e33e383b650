# Everything comes from the system's packages; tools/setup names and installs them on Debian.
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(tomlplusplus 3 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(MPI REQUIRED COMPONENTS CXX)
find_package(Boost 1.74 REQUIRED COMPONENTS mpi serialization)

# The serial HDF5: an MPI build of it may be installed beside it and would be found first.
find_package(PkgConfig REQUIRED)
set(HDF5_PREFER_PARALLEL OFF)
find_package(HDF5 1.10 REQUIRED COMPONENTS C HL)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)

find_path(RANDOM123_INCLUDE_DIR Random123/philox.h REQUIRED)
add_library(random123 INTERFACE)
target_include_directories(random123 SYSTEM INTERFACE "${RANDOM123_INCLUDE_DIR}")
# Philox needs no vector instructions, and their headers would be half of what every file reads.
target_compile_definitions(random123 INTERFACE R123_USE_SSE=0)
