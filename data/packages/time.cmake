# SPDX-License-Identifier: GPL-3.0-or-later
# Read by cpack before each package: the time that everything in it has.
if(NOT "$ENV{SOURCE_DATE_EPOCH}" MATCHES "^[0-9]+$")
	file(STRINGS ${CPACK_NSL_PACKAGES}/changelog dates REGEX "^ -- .*>  ")
	list(GET dates 0 date)
	string(REGEX REPLACE "^.*>  " "" date "${date}")
	execute_process(COMMAND date -d ${date} +%s OUTPUT_VARIABLE epoch
		OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
	set(ENV{SOURCE_DATE_EPOCH} ${epoch})
endif()
