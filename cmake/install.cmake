# What a user gets: cmake --install build/release --prefix DIR, and cpack for a Debian package.
#
#   bin/augsweep                        the program
#   bin/augsweep-figures, ...           the analysis tools
#   share/augsweep/sweeps, slurm        sweep files and job templates
#   share/augsweep/tools                the analysis tools with the Python package augsweep_analysis
#   share/doc/augsweep                  the documents; share/man/man1/augsweep.1
include(GNUInstallDirs)
set(AUGSWEEP_DATA ${CMAKE_INSTALL_DATADIR}/augsweep)

install(TARGETS augsweep RUNTIME)
install(FILES ${CMAKE_BINARY_DIR}/augsweep.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(DIRECTORY sweeps DESTINATION ${AUGSWEEP_DATA} FILES_MATCHING PATTERN "*.toml" PATTERN "*.csv")
install(DIRECTORY slurm packaging DESTINATION ${AUGSWEEP_DATA})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md ARCHITECTURE.md LICENSE CITATION.cff DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Of the tools those come along that read result files: the Python packages, and every script that uses one.
file(GLOB tools CONFIGURE_DEPENDS LIST_DIRECTORIES true RELATIVE ${PROJECT_SOURCE_DIR}/tools ${PROJECT_SOURCE_DIR}/tools/*)
foreach(tool IN LISTS tools)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/tools/${tool})
    if(tool MATCHES "^(augsweep_.*|reproduction)$")
      install(DIRECTORY tools/${tool} DESTINATION ${AUGSWEEP_DATA}/tools PATTERN "__pycache__" EXCLUDE PATTERN "*.pyc" EXCLUDE)
    endif()
    continue()
  endif()
  file(READ ${PROJECT_SOURCE_DIR}/tools/${tool} text)
  if(text MATCHES "-m augsweep_analysis[.]")
    install(PROGRAMS tools/${tool} DESTINATION ${AUGSWEEP_DATA}/tools)
    if(NOT tool MATCHES "\\.")  # bin/augsweep-figures for tools/figures
      file(RELATIVE_PATH target /${CMAKE_INSTALL_BINDIR} /${AUGSWEEP_DATA}/tools/${tool})
      install(CODE "
        file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
        file(CREATE_LINK \"${target}\" \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/augsweep-${tool}\" SYMBOLIC)")
    endif()
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME augsweep)
set(CPACK_PACKAGE_CONTACT "augsweep developers <augsweep@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # needs dpkg-shlibdeps (dpkg-dev) and file
set(CPACK_DEBIAN_PACKAGE_DEPENDS "openmpi-bin")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
    "python3-h5py, python3-numpy, python3-matplotlib, python3-pandas, python3-xarray, python3-h5netcdf, python3-scipy")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "slurm-client, netcdf-bin")
include(CPack)
