# gatepost_library(NAME [THREADS] DEPS ...) makes the targets of src/NAME, if it has code:
#   NAME        a static library of all *.cc below it (an interface library while it has only
#               headers); headers without a *.cc beside them are tried alone (target
#               all_verify_interface_header_sets)
#   NAME_test   the *_test.cc below it, as one GoogleTest program and one ctest entry;
#               THREADS labels it `threads`: these are what the tsan preset builds and runs
# DEPS are the folders and packages it may include. A folder that is not there yet is no dependency.

if(GATEPOST_TESTS)
  add_custom_target(threaded_tests)
endif()
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ON)

function(gatepost_library NAME)
  cmake_parse_arguments(ARG "THREADS" "" "DEPS" ${ARGN})
  set(folder ${PROJECT_SOURCE_DIR}/src/${NAME})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${folder}/*.h)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${folder}/*_test.cc)
  list(REMOVE_ITEM sources ${folder}/main.cc ${tests})
  if(NOT sources AND NOT headers)
    return()
  endif()

  set(deps)
  foreach(dep IN LISTS ARG_DEPS)
    if(TARGET ${dep})
      list(APPEND deps ${dep})
    elseif(dep MATCHES "::")
      message(FATAL_ERROR "${NAME}: no target ${dep}")
    endif()
  endforeach()

  set(scope PUBLIC)
  if(sources)
    add_library(${NAME} STATIC ${sources})
  else()
    set(scope INTERFACE)
    add_library(${NAME} INTERFACE)
  endif()
  # What has a *.cc beside it is included there first, as the format wants it: it compiles alone.
  set(alone)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "h$" "cc" beside ${header})
    if(NOT EXISTS ${beside})
      list(APPEND alone ${header})
    endif()
  endforeach()
  list(REMOVE_ITEM headers ${alone} "")
  target_sources(${NAME} ${scope}
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers}
    FILE_SET alone TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${alone})
  set_target_properties(${NAME} PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY alone)
  target_link_libraries(${NAME} ${scope} ${deps})
  target_compile_features(${NAME} ${scope} cxx_std_20)
  if(sources)
    gatepost_precompile(${NAME} <fmt/format.h>)
  endif()

  if(tests AND GATEPOST_TESTS)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE ${NAME} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${NAME}_test PRIVATE GATEPOST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_compile_options(${NAME}_test PRIVATE ${GATEPOST_TEST_OPTIONS})
    gatepost_precompile(${NAME}_test <fmt/format.h> <gtest/gtest.h>)
    gatepost_test(${NAME}_test ${ARG_THREADS})
  endif()
endfunction()

# gatepost_precompile(TARGET HEADER...): the headers that most files include are read once for each
# target. Only where GATEPOST_PRECOMPILE is set, for it would hide an include that lacks.
function(gatepost_precompile TARGET)
  if(GATEPOST_PRECOMPILE)
    target_precompile_headers(${TARGET} PRIVATE
      <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view>
      <unordered_map> <vector> ${ARGN})
  endif()
endfunction()

# gatepost_test(TARGET [TRUE]): one ctest entry for a test program; TRUE if it starts threads.
function(gatepost_test TARGET)
  add_test(NAME ${TARGET} COMMAND ${TARGET} --gtest_brief=1)
  set_tests_properties(${TARGET} PROPERTIES TIMEOUT 600)
  if(ARGN)
    set_tests_properties(${TARGET} PROPERTIES LABELS threads)
    add_dependencies(threaded_tests ${TARGET})
  endif()
endfunction()
