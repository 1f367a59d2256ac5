# SPDX-License-Identifier: GPL-3.0-or-later
# What `cpack` makes of a build: a .deb and an .rpm, each with one of debug symbols beside it, and
# with `--config CPackSourceConfig.cmake` the source. Two runs give the same bytes, whatever the path,
# the time, the locale and the umask: times are SOURCE_DATE_EPOCH or, where that is not set, the date
# of the first entry of the changelog.
if(CMAKE_VERSION VERSION_LESS 3.19)
	return() # no CPACK_PRE_BUILD_SCRIPTS
endif()
set(packages ${CMAKE_CURRENT_LIST_DIR})
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_GENERATOR DEB RPM)
set(CPACK_PROJECT_CONFIG_FILE ${packages}/time.cmake)
set(CPACK_PRE_BUILD_SCRIPTS ${packages}/tidy.cmake)
set(CPACK_POST_BUILD_SCRIPTS ${packages}/again.cmake)
set(CPACK_NSL_PACKAGES ${packages})
set(NSL_CONTACT "nslist maintainers <maintainers@nslist.example>" CACHE STRING
	"Whom the packages are from: NAME <ADDRESS>")
string(REGEX REPLACE " *<.*" "" CPACK_PACKAGE_VENDOR "${NSL_CONTACT}")
set(CPACK_PACKAGE_CONTACT "${NSL_CONTACT}")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# tidy.cmake moves the symbols there.
install(DIRECTORY DESTINATION lib/debug/usr/bin COMPONENT debug EXCLUDE_FROM_ALL)
set(CPACK_COMPONENTS_ALL nslist debug)
set(summary "list the namespaces of a system, who is in them and who holds them")
set(description "nslist lists every Linux namespace beside those of process 1, and the
processes in it with the container, pod or unit that each belongs to. It
finds those that only a mount, an open file, a socket, a thread or another
namespace keeps, as a table, tree, JSON, CSV, graph or Prometheus's text.")
set(debug_summary "debug symbols for nslist")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_NSLIST_PACKAGE_NAME nslist)
set(CPACK_DEBIAN_NSLIST_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_NSLIST_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_NSLIST_PACKAGE_SUGGESTS prometheus-node-exporter)
set(CPACK_DEBIAN_NSLIST_PACKAGE_CONTROL_EXTRA ${packages}/prerm ${packages}/postrm)
set(CPACK_DEBIAN_NSLIST_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_NSLIST_DESCRIPTION "${summary}\n${description}")
set(CPACK_DEBIAN_DEBUG_PACKAGE_NAME nslist-dbgsym)
set(CPACK_DEBIAN_DEBUG_PACKAGE_SECTION debug)
set(CPACK_DEBIAN_DEBUG_PACKAGE_DEPENDS "nslist (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEBUG_DESCRIPTION "${debug_summary}\nThey belong to the package nslist of just this version.")

# The changelog, as RPM has it.
file(STRINGS ${packages}/changelog lines ENCODING UTF-8)
set(rpm_changelog "")
foreach(line IN LISTS lines)
	if(line MATCHES "^nslist \\(([^)]+)\\)")
		set(version ${CMAKE_MATCH_1})
		set(items "")
	elseif(line MATCHES "^  [* ] (.*)")
		string(REGEX REPLACE "^  \\*" "-" item "${line}")
		string(APPEND items "${item}\n")
	elseif(line MATCHES "^ -- (.*)  (...), 0?([0-9]+) (...) ([0-9]+)")
		string(APPEND rpm_changelog "* ${CMAKE_MATCH_2} ${CMAKE_MATCH_4} ${CMAKE_MATCH_3} "
			"${CMAKE_MATCH_5} ${CMAKE_MATCH_1} - ${version}-1\n${items}\n")
	endif()
endforeach()
file(WRITE ${PROJECT_BINARY_DIR}/rpm.changelog "${rpm_changelog}")
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_MAIN_COMPONENT nslist)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION # folders of others
	/usr/lib/debug /usr/lib/debug/usr /usr/lib/debug/usr/bin /usr/lib/systemd
	/usr/lib/systemd/system /usr/share/bash-completion /usr/share/bash-completion/completions
	/usr/share/fish /usr/share/fish/vendor_completions.d /usr/share/man /usr/share/man/man8
	/usr/share/zsh /usr/share/zsh/site-functions)
set(CPACK_RPM_CHANGELOG_FILE ${PROJECT_BINARY_DIR}/rpm.changelog)
set(CPACK_RPM_PACKAGE_LICENSE GPL-3.0-or-later)
set(CPACK_RPM_NSLIST_PRE_UNINSTALL_SCRIPT_FILE ${packages}/prerm)
set(CPACK_RPM_NSLIST_POST_UNINSTALL_SCRIPT_FILE ${packages}/postrm)
set(CPACK_RPM_NSLIST_PACKAGE_SUMMARY ${summary})
set(CPACK_RPM_NSLIST_PACKAGE_DESCRIPTION ${description})
set(CPACK_RPM_DEBUG_PACKAGE_NAME nslist-debuginfo)
set(CPACK_RPM_DEBUG_PACKAGE_SUMMARY ${debug_summary})
set(CPACK_RPM_DEBUG_PACKAGE_DESCRIPTION ${debug_summary})
set(CPACK_RPM_DEBUG_PACKAGE_REQUIRES "nslist = ${PROJECT_VERSION}")
# What tidy.cmake has done already, and Debian's rpm would do with the time of the build.
set(CPACK_RPM_SPEC_MORE_DEFINE "%define use_source_date_epoch_as_buildtime 1
%define _buildhost reproducible
%define _build_id_links none
%define __os_install_post %{nil}")

string(REGEX REPLACE "([][+.*()^$?\\\\|])" "\\\\\\1" top "${PROJECT_SOURCE_DIR}")
set(CPACK_SOURCE_GENERATOR TXZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME ${PROJECT_NAME}-${PROJECT_VERSION})
set(CPACK_SOURCE_IGNORE_FILES "^${top}/[.]git(/|$)" "^${top}/build[^/]*/" /__pycache__/)
include(CPack)
