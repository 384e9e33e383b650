#include "store/trace.hpp"

#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>

#include "store/h5.hpp"
#include "store/writer.hpp"

namespace augsweep::store {

namespace {

using h5::Extent;
using h5::Handle;

class TraceWriter {
 public:
  TraceWriter(hid_t file, const Trace& trace) : file_(file), trace_(trace) {}

  void write() {
    for (const auto& [name, text] : trace_.attributes) {
      h5::put_attribute(file_, name, text);
    }
    add_dimension({"step", "step of the job, over all its trials", trace_.steps});
    for (const TraceDimension& dimension : trace_.dimensions) {
      add_dimension(dimension);
    }
    for (const TraceVariable& variable : trace_.variables) {
      add_variable(variable);
    }
  }

 private:
  Handle create(const std::string& name, hid_t type, const Extent& extent, hid_t properties = H5P_DEFAULT) {
    const Handle space = h5::dataspace(extent);
    return {H5Dcreate2(file_, name.c_str(), type, space.get(), H5P_DEFAULT, properties, H5P_DEFAULT),
            H5Dclose, "variable " + name};
  }

  void add_dimension(const TraceDimension& dimension) {
    const auto* names = std::get_if<std::vector<std::string>>(&dimension.coordinates);
    const hsize_t size = names != nullptr ? names->size() : std::get<std::uint64_t>(dimension.coordinates);
    const Handle type = names != nullptr ? h5::text_type() : Handle(H5Tcopy(H5T_STD_I64LE), H5Tclose, "type");
    const Handle scale = create(dimension.name, type.get(), {size});
    if (names != nullptr) {
      h5::write_texts(scale.get(), 0, *names, dimension.name);
    } else {
      std::vector<std::int64_t> numbers(size);
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = static_cast<std::int64_t>(i);
      }
      h5::write_block(scale.get(), {0}, {size}, H5T_NATIVE_INT64, numbers.data(), dimension.name);
    }
    h5::checked(H5DSset_scale(scale.get(), dimension.name.c_str()), "dimension scale " + dimension.name);
    h5::describe(scale.get(), dimension.long_name);
    sizes_[dimension.name] = size;
  }

  void add_variable(const TraceVariable& variable) {
    std::vector<std::string> dims = {"step"};
    dims.insert(dims.end(), variable.dims.begin(), variable.dims.end());
    Extent extent;
    for (const std::string& name : dims) {
      extent.push_back(sizes_.at(name));
    }
    const bool whole = std::holds_alternative<std::vector<std::int64_t>>(variable.values);
    const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "creation properties");
    if (trace_.steps > 0) {
      constexpr hsize_t chunk_steps = 1024;
      Extent chunk = extent;
      chunk[0] = std::min(chunk[0], chunk_steps);
      h5::checked(H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()),
                  "chunks of " + variable.name);
      h5::checked(H5Pset_shuffle(properties.get()), "compression of " + variable.name);
      h5::checked(H5Pset_deflate(properties.get(), 1), "compression of " + variable.name);
    }
    const Handle dataset =
        create(variable.name, whole ? H5T_STD_I64LE : H5T_IEEE_F64LE, extent, properties.get());
    const Extent start(extent.size(), 0);
    std::visit(
        [&](const auto& values) {
          h5::write_block(dataset.get(), start, extent, whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE,
                          values.data(), variable.name);
        },
        variable.values);
    for (std::size_t i = 0; i < dims.size(); ++i) {
      const Handle scale(H5Dopen2(file_, dims[i].c_str(), H5P_DEFAULT), H5Dclose, "dimension " + dims[i]);
      h5::checked(H5DSattach_scale(dataset.get(), scale.get(), static_cast<unsigned>(i)),
                  "dimension scale of " + variable.name);
    }
    h5::describe(dataset.get(), variable.long_name);
  }

  hid_t file_;
  const Trace& trace_;
  std::map<std::string, hsize_t> sizes_;
};

}  // namespace

void write_trace(const std::filesystem::path& file, const Trace& trace, bool overwrite) {
  if (!overwrite && std::filesystem::exists(file)) {
    throw StoreError(fmt::format("{}: exists; choose another name, or --overwrite", file.string()));
  }
  h5::set_up();
  const std::filesystem::path part = part_path(file);
  try {
    Handle h5_file(H5Fcreate(part.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose,
                   file.string() + ": cannot be created");
    TraceWriter(h5_file.get(), trace).write();
    h5::checked(H5Fflush(h5_file.get(), H5F_SCOPE_GLOBAL), file.string() + ": cannot be written");
    h5_file.close();
    std::filesystem::rename(part, file);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw;
  }
}

}  // namespace augsweep::store
