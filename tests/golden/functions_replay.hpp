#pragma once
/// @file Compares the tables of elementary functions (functions.json.gz) with the model's own.

#include <string>

#include "comparison.hpp"
#include "trace.hpp"

namespace augsweep::golden {

/// Whether the content is that of a file of function tables, not of a trace.
bool is_function_tables(const Json& content);

/// Compares every table and adds to `comparison`. Throws TraceError for a table that is missing, unknown or
/// malformed.
void replay_functions(const Json& content, const std::string& file, Comparison& comparison);

}  // namespace augsweep::golden
