#pragma once
/// @file What a power cut can't undo: contents that were synced, and names that were synced in their folder.

#include <filesystem>

namespace augsweep::store {

/// The folder that holds a file's name; "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// Gives a finished file that was written beside its place its name, durably: content, rename, folder. Throws
/// StoreError that names `file`; an old file of that name is there until the new one is.
void put_in_place(const std::filesystem::path& part, const std::filesystem::path& file);

}  // namespace augsweep::store
