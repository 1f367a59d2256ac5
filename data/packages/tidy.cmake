# SPDX-License-Identifier: GPL-3.0-or-later
# Run by cpack on the files of a package before it is made: takes the symbols out, does what Debian's
# policy asks for, and gives all files the same times and modes whoever has built them.
set(top ${CPACK_TEMPORARY_DIRECTORY})
set(program ${top}/nslist/usr/bin/nslist)
set(share ${top}/nslist/usr/share)
function(run)
	execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

if(EXISTS ${program}) # not the source
	set(symbols ${top}/debug/usr/lib/debug/usr/bin/nslist.debug)
	run(objcopy --only-keep-debug ${program} ${symbols})
	run(chmod a-x ${symbols})
	run(objcopy --strip-unneeded -R .comment --add-gnu-debuglink=${symbols} ${program})
	run(gzip -9n ${share}/man/man8/nslist.8)
endif()
if(CPACK_GENERATOR STREQUAL DEB)
	file(COPY ${CPACK_NSL_PACKAGES}/changelog ${CPACK_NSL_PACKAGES}/copyright
		DESTINATION ${share}/doc/nslist)
	run(gzip -9n ${share}/doc/nslist/changelog)
	file(REMOVE ${share}/doc/nslist/COPYING) # /usr/share/common-licenses has it
	run(sed -i s/`COPYING`/`copyright`/ ${share}/doc/nslist/README.md)
	file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions) # where Debian's looks
	file(MAKE_DIRECTORY ${top}/debug/usr/share/doc)
	file(CREATE_LINK nslist ${top}/debug/usr/share/doc/nslist-dbgsym SYMBOLIC)
endif()
run(chmod -R u=rwX,go=rX ${top})
run(find ${top} -exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} +)
