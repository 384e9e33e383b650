# The Debian packages that augsweep needs: one list, for tools/setup and for people (docs/install.md). Sourced, not run.
# shellcheck shell=bash disable=SC2034

packages_run=(                # building and running the program
  g++ cmake ninja-build pkg-config git
  libopenmpi-dev openmpi-bin  # MPI
  libboost-mpi-dev libboost-serialization-dev  # Boost.MPI
  libboost-dev                # Boost.Math: distributions
  libhdf5-dev                 # result files (the serial library)
  libeigen3-dev               # arrays
  libtomlplusplus-dev         # sweep files
  libcli11-dev                # command line
  libspdlog-dev libfmt-dev    # logging and text
  librandom123-dev            # random streams
  libssl-dev                  # SHA-256
  libxxhash-dev               # checksums of rows
  zlib1g-dev                  # compression of curves
)
packages_figures=(            # figures and analysis
  python3-h5py python3-numpy python3-matplotlib
  python3-pandas python3-xarray python3-h5netcdf python3-scipy
)
packages_bench=(              # what the benchmarks compare augsweep with
  python3-mpi4py
)
packages_test=(               # the test suite and the checks of style
  libgtest-dev libgmock-dev nlohmann-json3-dev
  libbenchmark-dev            # benchmarks
  clang-format clang-tidy mypy
  clang libclang-rt-dev       # tools/fuzz
  python3-pytest netcdf-bin hdf5-tools
  slurm-wlm munge             # a real SLURM for the job templates
  environment-modules         # and the modules that they load
  groff-base                  # reads the manual page
  python3-yaml                # reads the recipe for Spack
  dpkg-dev file               # cpack: what a Debian package depends on
)
packages_analysis=(           # large: the examples in other languages, the report in a browser. Tests that need them are skipped without them
  octave r-base-core r-bioc-rhdf5 r-cran-survival
  chromium
)
packages_slow=(               # what only slow tests and tools/coverage need
  valgrind                    # tools/sanitize valgrind
  gcovr                       # tools/coverage
)
