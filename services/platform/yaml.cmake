# The files that a plan edits: calendars, codes, protocols, programs and feeds, and the weights of matching.
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1)
add_library(handoff-yaml STATIC
  ${CMAKE_CURRENT_LIST_DIR}/yaml_calendar.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_clauses.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_codes.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_feeds.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_file.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_match.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_program.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_protocol.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_values.c
  ${CMAKE_CURRENT_LIST_DIR}/yaml_words.c
)
target_link_libraries(handoff-yaml PRIVATE ho_options PkgConfig::cyaml PkgConfig::yaml m PUBLIC handoff-domain)
