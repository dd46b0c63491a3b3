# The page as part of the program: dashboard/, and from npm what its package-lock.json names.
# gatepost_page(TARGET) adds the table of ops/control/page_files.h to a target.
function(gatepost_page TARGET)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR "The page needs npm: run tools/install_packages, or install Node.js")
  endif()
  find_program(GZIP gzip REQUIRED)
  set(folder ${PROJECT_SOURCE_DIR}/dashboard)
  set(work ${PROJECT_BINARY_DIR}/dashboard)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS
    ${folder}/*.html ${folder}/*.css ${folder}/*.js ${folder}/*.svg)
  list(FILTER files EXCLUDE REGEX /node_modules/)
  set(uplot ${work}/node_modules/uplot/dist)
  set(uplot ${uplot}/uPlot.esm.js ${uplot}/uPlot.min.css)

  # No package may run a script of its own here.
  add_custom_command(OUTPUT ${uplot}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${work}
    COMMAND ${CMAKE_COMMAND} -E copy ${folder}/package.json ${folder}/package-lock.json ${work}
    COMMAND ${NPM} ci --prefix ${work} --ignore-scripts --prefer-offline --no-audit --no-fund
      --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${uplot}
    DEPENDS ${folder}/package.json ${folder}/package-lock.json
    COMMENT "Fetching from npm what the page needs" VERBATIM)

  set(table ${work}/page_files_table.cc)
  add_custom_command(OUTPUT ${table}
    COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" "-DFOREIGN=${uplot}" -DFOLDER=${folder}
      -DGZIP=${GZIP} -DTABLE=${table} -P ${PROJECT_SOURCE_DIR}/cmake/page_files.cmake
    DEPENDS ${files} ${uplot} ${PROJECT_SOURCE_DIR}/cmake/page_files.cmake
    COMMENT "Writing the page's files into a table" VERBATIM)
  target_sources(${TARGET} PRIVATE ${table})
endfunction()
