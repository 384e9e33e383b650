# Writes OUTPUT with the git revision of SOURCE_DIR, "unknown" outside a checkout.
cmake_minimum_required(VERSION 3.22)
execute_process(COMMAND git -C "${SOURCE_DIR}" describe --always --dirty --abbrev=12
                OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(revision "unknown")
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#pragma once\n#define AUGSWEEP_REVISION \"@revision@\"\n" @ONLY)
