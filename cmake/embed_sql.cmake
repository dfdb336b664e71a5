# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DOUT=migrations.c -DFILES=a.sql,b.sql -P embed_sql.cmake: the migrations as C, each with the
# SHA-256 of its bytes.
string(REPLACE "," ";" files "${FILES}")
set(texts "")
set(rows "")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  string(REGEX MATCH "^[0-9]+" number ${name})
  math(EXPR plain "1${number} - 10000")
  file(SHA256 ${file} hash)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(REGEX REPLACE "(('..[0-9a-f][0-9a-f]',)('..[0-9a-f][0-9a-f]',)('..[0-9a-f][0-9a-f]',)('..[0-9a-f][0-9a-f]',)('..[0-9a-f][0-9a-f]',)('..[0-9a-f][0-9a-f]',)('..[0-9a-f][0-9a-f]',)('..[0-9a-f][0-9a-f]',))" "\\1\n" bytes "${bytes}")
  string(APPEND texts "static const char text_${number}[] = {${bytes}0};\n")
  string(APPEND rows "\t{${plain}, \"${name}\", text_${number}, \"${hash}\"},\n")
endforeach()
file(WRITE ${OUT} "/* Made from the migrations by cmake/embed_sql.cmake. */
#include \"sql/migrate.h\"

${texts}
const struct migration migrations[] = {
${rows}\t{0, 0, 0, 0},
};
")
