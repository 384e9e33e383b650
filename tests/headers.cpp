// Compiles the headers that every test program shares; see CMakeLists.txt.
