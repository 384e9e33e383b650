# What mpirun needs to be told on a machine with fewer cores than ranks, and in a container where everyone is root. Memory that
# MPI itself never frees is not ours to find. Without graphics cards to look for, mpirun starts at once everywhere.
set(AUGSWEEP_MPI_ENVIRONMENT
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 HWLOC_COMPONENTS=-gl ASAN_OPTIONS=detect_leaks=0)

# augsweep_mpi_test(NAME  RANKS 1 2 ...)
# Runs the test program of augsweep_test(NAME) under mpirun as well, once for each number of ranks.
function(augsweep_mpi_test name)
  cmake_parse_arguments(TEST "" "" "RANKS" ${ARGN})
  foreach(ranks IN LISTS TEST_RANKS)
    add_test(NAME ${name}.mpi.${ranks}_ranks
             COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks} --bind-to none $<TARGET_FILE:test_${name}>)
    set_tests_properties(${name}.mpi.${ranks}_ranks PROPERTIES
      LABELS "mpi" TIMEOUT 300 COST 50 ENVIRONMENT "${AUGSWEEP_MPI_ENVIRONMENT}")
  endforeach()
endfunction()

# augsweep_mpi_end(MODE  EXIT_CODE n)
# Runs `cluster_ends MODE`, which starts three ranks; it must end with this exit code.
function(augsweep_mpi_end mode)
  cmake_parse_arguments(END "" "EXIT_CODE" "" ${ARGN})
  add_test(NAME cluster.ends.${mode}
           COMMAND sh -c "\"$@\"; code=$?; echo \"exit code $code\"; test $code -eq ${END_EXIT_CODE}" sh
                   $<TARGET_FILE:cluster_ends> ${mode})
  set_tests_properties(cluster.ends.${mode} PROPERTIES
    LABELS "mpi" TIMEOUT 120 COST 10 ENVIRONMENT "${AUGSWEEP_MPI_ENVIRONMENT}")
endfunction()
