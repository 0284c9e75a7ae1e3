# SPDX-License-Identifier: Apache-2.0
# weir_library(NAME SOURCES ... [LINK ...] [PRIVATE_LINK ...])  a library of one folder
# weir_module(NAME SOURCES ... [LINK ...])                     a part that engine/module.hpp loads, for its libraries
# weir_test(NAME LABELS ... SOURCES ... [LINK ...])             a GoogleTest program, one CTest entry per case
# All reuse one precompiled header of standard headers.
include(GNUInstallDirs)
set(WEIR_PRIVATE_LIBDIR ${CMAKE_INSTALL_LIBDIR}/weir)
file(RELATIVE_PATH WEIR_MODULE_DIR ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/weir)  # from the program

add_library(weir_pch OBJECT ${CMAKE_CURRENT_LIST_DIR}/pch.cpp)
target_link_libraries(weir_pch PRIVATE weir_options)
target_precompile_headers(weir_pch PRIVATE
  <algorithm> <array> <atomic> <chrono> <cmath> <condition_variable> <cstdint> <filesystem> <fstream> <functional>
  <map> <memory> <mutex> <optional> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <vector>)

function(weir_common target)
  target_link_libraries(${target} PRIVATE weir_options)
  target_precompile_headers(${target} REUSE_FROM weir_pch)
  get_target_property(type ${target} TYPE)
  if(WEIR_SANITIZE AND type STREQUAL "EXECUTABLE")
    target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/sanitizer_defaults.cpp)
    # For the types it shares with modules, which the sanitizers tell apart by address.
    set_target_properties(${target} PROPERTIES ENABLE_EXPORTS ON)
  endif()
endfunction()

function(weir_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/weir>)
  target_link_libraries(${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
  weir_common(${name})
endfunction()

function(weir_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} MODULE ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  set(symbols ${PROJECT_SOURCE_DIR}/cmake/module_symbols.txt)
  target_link_options(${name} PRIVATE LINKER:--version-script=${symbols})
  if(NOT WEIR_SANITIZE)
    target_link_options(${name} PRIVATE LINKER:--no-undefined)
  endif()
  set_target_properties(${name} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR} INSTALL_RPATH "$ORIGIN" LINK_DEPENDS ${symbols})
  weir_common(${name})
  install(TARGETS ${name} LIBRARY DESTINATION ${WEIR_PRIVATE_LIBDIR})
endfunction()

function(weir_test name)
  cmake_parse_arguments(arg "" "" "LABELS;SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE WEIR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" WEIR_BINARY_DIR="${PROJECT_BINARY_DIR}")
  weir_common(${name})
  set(limit 120)
  if("slow" IN_LIST arg_LABELS OR "e2e" IN_LIST arg_LABELS)
    set(limit 600)
  endif()
  set(sanitizer_environment)
  if(WEIR_SANITIZE STREQUAL "thread")
    set(sanitizer_environment ENVIRONMENT
      "TSAN_OPTIONS=ignore_noninstrumented_modules=1:suppressions=${PROJECT_SOURCE_DIR}/cmake/thread_sanitizer.supp")
  endif()
  # Discovery takes a list apart several times: only its first label would remain, and the time limit be lost.
  string(REPLACE ";" "\\\\\\\\\\\\\\\\;" labels "${arg_LABELS}")
  gtest_discover_tests(${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60
    PROPERTIES ${sanitizer_environment} LABELS "${labels}" TIMEOUT ${limit} SKIP_REGULAR_EXPRESSION "\\[  SKIPPED \\]")
endfunction()
