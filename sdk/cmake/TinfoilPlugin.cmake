# tinfoil_add_plugin(NAME SOURCE...): builds NAME.so into <build>/plugins.
# tinfoil_add_plugin_test(NAME PLUGIN SOURCE...): builds a test that gets the plugin's file as PLUGIN_FILE, and adds it
# to ctest. Both work in tinfoil's own tree, and after find_package(tinfoil) in any other: sdk/README.md shows how.
set(TINFOIL_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})
if(NOT TINFOIL_INCLUDE_DIR)
  get_filename_component(TINFOIL_INCLUDE_DIR ${CMAKE_CURRENT_LIST_DIR}/../include ABSOLUTE)
endif()

function(tinfoil_add_plugin name)
  find_package(Boost 1.81 REQUIRED COMPONENTS json)
  add_library(${name} MODULE ${ARGN})
  target_include_directories(${name} SYSTEM PRIVATE ${TINFOIL_INCLUDE_DIR})
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE Boost::json)
  # One exported symbol and no unique ones, or an old version could never be unloaded.
  target_compile_options(${name} PRIVATE -Wall -Wextra -fvisibility=hidden -fvisibility-inlines-hidden
    $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    LINKER:-z,now LINKER:-z,relro LINKER:--exclude-libs,ALL LINKER:--build-id
    LINKER:--version-script=${TINFOIL_CMAKE_DIR}/plugin.map)
  if(NOT TINFOIL_SANITIZE)
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  set_target_properties(${name} PROPERTIES PREFIX "" POSITION_INDEPENDENT_CODE ON
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins
    LINK_DEPENDS ${TINFOIL_CMAKE_DIR}/plugin.map)
endfunction()

function(tinfoil_add_plugin_test name plugin)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE tinfoil::testing)
  target_compile_definitions(${name} PRIVATE PLUGIN_FILE="$<TARGET_FILE:${plugin}>")
  add_dependencies(${name} ${plugin})
  add_test(NAME ${name} COMMAND ${name})
endfunction()
