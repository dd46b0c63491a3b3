# Warnings, sanitizers and the compiler cache: what holds for every file.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  if(GATEPOST_PRECOMPILE)
    # What it wants before it keeps what was compiled with precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  endif()
endif()
if(GATEPOST_PRECOMPILE)
  add_compile_options(
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>"
    # It takes what it knows of the library's own strings for faults of ours then.
    "$<$<CXX_COMPILER_ID:GNU>:SHELL:-fpch-preprocess -Wno-array-bounds
      -Wno-stringop-overflow -Wno-stringop-overread>")
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion)

if(GATEPOST_SANITIZE)
  add_compile_options(
    -fsanitize=${GATEPOST_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${GATEPOST_SANITIZE})
  if(GATEPOST_SANITIZE MATCHES undefined)
    # Its look at an object needs a descriptor, and takes the lack of one for a fault of ours.
    add_compile_options(-fno-sanitize=vptr)
  endif()
  if(GATEPOST_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio's fences, which this sanitizer does not see
  endif()
endif()

# Each assertion of GoogleTest is a lot of code, and compiling it well takes twice as long.
set(GATEPOST_TEST_OPTIONS -O0)

if(GATEPOST_FUZZ)
  # Coverage for the fuzzers in every file; only a fuzzer itself links libFuzzer's main.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
