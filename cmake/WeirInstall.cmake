# SPDX-License-Identifier: Apache-2.0
# cmake --install puts the program, the headers and static libraries a plug-in or its test needs, the launch files, and
# find_package(weir) into the prefix. OpenVINO and its oneTBB travel along: the program finds them beside itself.
include(CMakePackageConfigHelpers)

set_target_properties(pipeline PROPERTIES INSTALL_RPATH "$ORIGIN/${WEIR_MODULE_DIR}")
install(TARGETS pipeline RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS weir_pipeline weir_transport weir_kernels ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

file(GLOB weir_stage_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/pipeline/*.hpp)
install(FILES ${weir_stage_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir/pipeline)
install(DIRECTORY kernels DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/weir FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY launch DESTINATION ${CMAKE_INSTALL_DATADIR}/weir FILES_MATCHING PATTERN "*.yaml")
install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(WEIR_ENGINE STREQUAL "openvino")
  # What an ONNX model on a CPU needs of the wheel.
  file(GLOB weir_engine_libraries
    ${WEIR_OPENVINO_DIR}/libs/libopenvino.so.*
    ${WEIR_OPENVINO_DIR}/libs/libopenvino_intel_cpu_plugin.so
    ${WEIR_OPENVINO_DIR}/libs/libopenvino_onnx_frontend.so.*
    ${WEIR_OPENVINO_DIR}/libs/libopenvino_ir_frontend.so.*
    ${WEIR_OPENVINO_DIR}/libs/libtbb*.so.*
    ${WEIR_OPENVINO_DIR}/libs/libhwloc.so.*)
  install(FILES ${weir_engine_libraries} DESTINATION ${WEIR_PRIVATE_LIBDIR})
  install(DIRECTORY ${WEIR_OPENVINO_DIR}/licenses/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/openvino OPTIONAL)
endif()

configure_package_config_file(cmake/weirConfig.cmake.in ${PROJECT_BINARY_DIR}/weirConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/weir
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/weirConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/weirConfig.cmake ${PROJECT_BINARY_DIR}/weirConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
