#pragma once
/// @file A file driver for HDF5 that joins writes: a row consists of a dozen chunks, which the library lays
/// one behind the other and writes with a system call each; here they go out together.

#include "store/h5.hpp"

namespace augsweep::store {

/// Makes files opened with these access properties be written through the driver, and chunks be laid one
/// behind the other. The order of writes on the disk is the library's own, so that what readers and a kill
/// find is the same as without. Throws StoreError.
void join_writes(hid_t file_access_properties);

}  // namespace augsweep::store
