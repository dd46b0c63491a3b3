# cmake -DFILES=… -DFOREIGN=… -DFOLDER=… -DGZIP=… -DTABLE=… -P: writes the bytes of files as a
# table in C++. FILES are named as below FOLDER, FOREIGN ones as below uplot/.
cmake_minimum_required(VERSION 3.25)

function(as_bytes FILE NAME)
  file(READ ${FILE} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  file(APPEND ${TABLE} "constexpr unsigned char ${NAME}[] = {${bytes}0};\n")
endfunction()

file(WRITE ${TABLE} "// The files of the page; cmake/page_files.cmake has written it.\n"
  "#include \"ops/control/page_files.h\"\n\nnamespace gatepost {\nnamespace {\n\n"
  "template <std::size_t size>\n"
  "std::string_view view(const unsigned char (&bytes)[size]) {\n"
  "  return {reinterpret_cast<const char*>(bytes), size - 1};\n}\n\n")
set(rows)
set(number 0)
foreach(file IN LISTS FILES FOREIGN)
  if(file IN_LIST FOREIGN)
    cmake_path(GET file FILENAME path)
    set(path uplot/${path})
  else()
    file(RELATIVE_PATH path ${FOLDER} ${file})
  endif()
  execute_process(COMMAND ${GZIP} -9 -n -c ${file}
    OUTPUT_FILE ${TABLE}.gz COMMAND_ERROR_IS_FATAL ANY)
  as_bytes(${file} kFile${number})
  as_bytes(${TABLE}.gz kPacked${number})
  file(SHA256 ${file} digest)
  list(APPEND rows
    "      {\"${path}\", view(kFile${number}), view(kPacked${number}),\n       \"${digest}\"}")
  math(EXPR number "${number} + 1")
endforeach()
file(REMOVE ${TABLE}.gz)
list(SORT rows)
string(REPLACE ";" ",\n" rows "${rows}")
file(APPEND ${TABLE} "\n}  // namespace\n\nstd::span<const PageFile> page_files() {\n"
  "  static const PageFile files[] = {\n${rows}};\n  return files;\n}\n\n"
  "}  // namespace gatepost\n")
