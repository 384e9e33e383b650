# A room is one folder of src/: one static library that sees only the rooms that it names. The headers of a room are
# reached through a folder of its own in the build tree, so an include of a room that is not linked does not build.
#
#   augsweep_room(NAME  SOURCES a.cpp ...  ROOMS lower ...  LINK libraries ...)
add_library(augsweep_options INTERFACE)
target_compile_options(augsweep_options INTERFACE
  # GCC 12 sees overlaps in "text" + std::string that are not there (GCC bug 105651): no -Wrestrict.
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual -Wno-restrict -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-warning-option>
  # No contraction to fused multiply-add that the source does not ask for: the same bits whatever the instruction set.
  -ffp-contract=off)
if(AUGSWEEP_SANITIZE)
  # The instrumented code makes GCC see uninitialised values in libraries (GCC's manual, -fsanitize): no such warning.
  target_compile_options(augsweep_options INTERFACE -fsanitize=${AUGSWEEP_SANITIZE} -fno-omit-frame-pointer
                                                    -fno-sanitize-recover=undefined -Wno-maybe-uninitialized)
  target_link_options(augsweep_options INTERFACE -fsanitize=${AUGSWEEP_SANITIZE})
endif()

# Most of a build's time goes into the headers of libraries, so the files of a room are compiled a few at a time; -DAUGSWEEP_UNITY=OFF
# compiles each alone, which is quicker while one file is being worked on.
option(AUGSWEEP_UNITY "Compile the files of a room together" ON)

function(augsweep_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;LINK" ${ARGN})
  set(door "${CMAKE_BINARY_DIR}/rooms/${name}")
  file(MAKE_DIRECTORY "${door}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${door}/${name}" SYMBOLIC)
  add_library(augsweep_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(augsweep_${name} PUBLIC "${door}")
  list(TRANSFORM ROOM_ROOMS PREPEND augsweep_)
  target_link_libraries(augsweep_${name} PUBLIC ${ROOM_ROOMS} ${ROOM_LINK} PRIVATE augsweep_options)
  if(AUGSWEEP_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND name MATCHES "^(sweep|store)$")
    target_compile_options(augsweep_${name} PRIVATE -O1 -fsanitize=fuzzer-no-link)  # tools/fuzz links them
  endif()
  if(AUGSWEEP_UNITY)
    set_target_properties(augsweep_${name} PROPERTIES UNITY_BUILD ON)
  endif()
endfunction()
