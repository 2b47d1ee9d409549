# Two packages: `tinfoil` is the host, `tinfoil-dev` what plugins are built and tested with.
set(TINFOIL_MAINTAINER "The authors of tinfoil <tinfoil@localhost>" CACHE STRING "Maintainer of the packages")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tinfoil)
set(CPACK_PACKAGE_CONTACT "${TINFOIL_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_COMPONENTS_ALL host sdk)
set(CPACK_STRIP_FILES ON)
# /etc is not below /usr.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_HOST_PACKAGE_NAME tinfoil)
set(CPACK_DEBIAN_HOST_PACKAGE_SECTION net)
set(CPACK_DEBIAN_HOST_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_HOST_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_HOST_PACKAGE_SUGGESTS "tinfoil-dev, prometheus")
set(CPACK_COMPONENT_HOST_DESCRIPTION "host of Discord bots of any size
 Runs the gateway shards and the REST client of a Discord bot, whose logic is
 plugins in C++ that are replaced while it runs. A simulated Discord is built
 in, so that all of it can be tried without an account.")
set(CPACK_DEBIAN_HOST_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_LIST_DIR}/conffiles ${CMAKE_CURRENT_LIST_DIR}/postinst
  ${CMAKE_CURRENT_LIST_DIR}/prerm ${CMAKE_CURRENT_LIST_DIR}/postrm)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/../systemd/tinfoil.toml DESTINATION /etc/tinfoil COMPONENT host
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

set(CPACK_DEBIAN_SDK_PACKAGE_NAME tinfoil-dev)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_SDK_PACKAGE_DEPENDS "libboost1.81-dev, libboost-json1.81-dev")
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS "g++, cmake, tinfoil")
set(CPACK_COMPONENT_SDK_DESCRIPTION "headers and testing library for plugins of tinfoil
 What a plugin of the Discord bot host tinfoil is built with, a library that
 tests it against a simulated Discord in virtual time, and the book.")
foreach(package tinfoil tinfoil-dev)
  set(component host)
  if(package STREQUAL tinfoil-dev)
    set(component sdk)
  endif()
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/copyright ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
endforeach()
include(CPack)
