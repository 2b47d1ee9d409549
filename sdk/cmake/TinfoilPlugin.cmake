# tinfoil_add_plugin(NAME SOURCE...): builds NAME.so into <build>/plugins. Works in tinfoil's own tree
# and, by include(), in any other: sdk/README.md shows how.
get_filename_component(TINFOIL_SDK_DIR "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)

function(tinfoil_add_plugin name)
  find_package(Boost 1.81 REQUIRED COMPONENTS json)
  add_library(${name} MODULE ${ARGN})
  target_include_directories(${name} SYSTEM PRIVATE ${TINFOIL_SDK_DIR}/include)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_link_libraries(${name} PRIVATE Boost::json)
  # One exported symbol and no unique ones, or an old version could never be unloaded.
  target_compile_options(${name} PRIVATE -Wall -Wextra -fvisibility=hidden -fvisibility-inlines-hidden
    $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    LINKER:-z,now LINKER:-z,relro LINKER:--exclude-libs,ALL LINKER:--build-id
    LINKER:--version-script=${TINFOIL_SDK_DIR}/plugin.map)
  if(NOT TINFOIL_SANITIZE)
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  set_target_properties(${name} PROPERTIES PREFIX "" POSITION_INDEPENDENT_CODE ON
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins
    LINK_DEPENDS ${TINFOIL_SDK_DIR}/plugin.map)
endfunction()
