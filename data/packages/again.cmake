# SPDX-License-Identifier: GPL-3.0-or-later
# Run by cpack on the packages: those of Debian are archives whose members have the modes that the
# umask left.
foreach(package ${CPACK_PACKAGE_FILES})
	if(package MATCHES "[.]deb$")
		set(parts ${package}.parts)
		file(MAKE_DIRECTORY ${parts})
		execute_process(COMMAND ar x ${package} WORKING_DIRECTORY ${parts}
			COMMAND_ERROR_IS_FATAL ANY)
		file(REMOVE ${package})
		execute_process(COMMAND ar qcSD ${package} debian-binary control.tar.gz data.tar.gz
			WORKING_DIRECTORY ${parts} COMMAND_ERROR_IS_FATAL ANY)
		file(REMOVE_RECURSE ${parts})
	endif()
endforeach()
