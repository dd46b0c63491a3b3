# The libraries that gatepost stands on: Debian 12's packages only, their headers as system headers.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
set(GATEPOST_SPDLOG spdlog::spdlog)
if(GATEPOST_SANITIZE STREQUAL thread)
  set(GATEPOST_SPDLOG spdlog::spdlog_header_only)  # the sanitizer must see its threads' locks
endif()
find_package(CLI11 2.1 REQUIRED)
find_package(OpenSSL 3 REQUIRED COMPONENTS SSL)
find_package(Boost 1.81 REQUIRED COMPONENTS headers json CONFIG)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive>=3.6)
pkg_check_modules(CAP REQUIRED IMPORTED_TARGET libcap)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares>=1.18)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2>=2.0.5)
pkg_check_modules(LMDB REQUIRED IMPORTED_TARGET lmdb)
pkg_check_modules(MAXMINDDB REQUIRED IMPORTED_TARGET libmaxminddb)
pkg_check_modules(MNL REQUIRED IMPORTED_TARGET libmnl>=1.0.4)
pkg_check_modules(NFTABLES REQUIRED IMPORTED_TARGET libnftables>=1.0.6)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core>=1.0)
pkg_check_modules(PSL REQUIRED IMPORTED_TARGET libpsl>=0.21)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus>=3.3)
if(GATEPOST_TESTS)
  find_package(GTest 1.12 REQUIRED)
endif()
if(GATEPOST_BENCH)
  find_package(benchmark 1.7 REQUIRED)
  pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
  pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
endif()

# The part of libc that takes messages of the DNS apart.
add_library(gatepost_libresolv INTERFACE IMPORTED)
target_link_libraries(gatepost_libresolv INTERFACE resolv)

# Without the definitions of its .pc file: they are for compilers that offer less than GNU C++.
pkg_check_modules(NCURSES REQUIRED ncurses>=6.2)
add_library(gatepost_ncurses INTERFACE IMPORTED)
target_link_libraries(gatepost_ncurses INTERFACE ${NCURSES_LINK_LIBRARIES})

# Asio and Beast compiled once, in one file, for everybody. The definitions must be the same in
# each file that includes them (one-definition rule): nobody includes Asio without linking this.
add_library(gatepost_asio STATIC ${CMAKE_CURRENT_LIST_DIR}/asio.cc)
target_compile_definitions(gatepost_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(gatepost_asio PUBLIC Boost::headers OpenSSL::SSL Threads::Threads)
