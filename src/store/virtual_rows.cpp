#include "store/virtual_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <array>
#include <map>

#include "store/schema.hpp"

namespace augsweep::store {

namespace {

using h5::Extent;
using h5::Handle;

/// Pieces of one variable. HDF5 looks at every one of them at every access.
constexpr std::size_t most_pieces = 20'000;

/// Rows of one source that are shown.
struct Piece {
  std::int32_t source = 0;
  sweep::JobRun rows;
};

std::vector<Piece> pieces_of(const std::vector<std::int32_t>& owner_of_row, std::size_t sources) {
  std::vector<std::vector<std::uint64_t>> rows(sources);
  for (std::size_t row = 0; row < owner_of_row.size(); ++row) {
    if (owner_of_row[row] >= 0) {
      rows[static_cast<std::size_t>(owner_of_row[row])].push_back(row);
    }
  }
  std::vector<Piece> pieces;
  for (std::size_t source = 0; source < sources; ++source) {
    for (const sweep::JobRun& run : runs_of(rows[source])) {
      pieces.push_back({static_cast<std::int32_t>(source), run});
    }
  }
  return pieces;
}

/// Copies an attribute of any type.
void copy_attribute(hid_t from, hid_t to, const std::string& name) {
  const std::string what = "attribute " + name;
  const Handle source(H5Aopen(from, name.c_str(), H5P_DEFAULT), H5Aclose, what);
  const Handle type(H5Aget_type(source.get()), H5Tclose, what);
  const Handle space(H5Aget_space(source.get()), H5Sclose, what);
  const auto points =
      static_cast<std::size_t>(std::max<hssize_t>(H5Sget_simple_extent_npoints(space.get()), 1));
  std::vector<char> data(points * H5Tget_size(type.get()));
  h5::checked(H5Aread(source.get(), type.get(), data.data()), what);
  const Handle target(H5Acreate2(to, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                      H5Aclose, what);
  h5::checked(H5Awrite(target.get(), type.get(), data.data()), what);
  if (H5Tdetect_class(type.get(), H5T_VLEN) > 0 || H5Tis_variable_str(type.get()) > 0) {
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, data.data());
  }
}

std::vector<std::string> attribute_names(hid_t object) {
  std::vector<std::string> names;
  H5O_info_t info{};
  h5::checked(H5Oget_info(object, &info), "attributes");
  for (hsize_t i = 0; i < info.num_attrs; ++i) {
    std::array<char, 256> name{};
    h5::checked(
        H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(), H5P_DEFAULT),
        "attributes");
    names.emplace_back(name.data());
  }
  return names;
}

herr_t keep_scale(hid_t /*dataset*/, unsigned /*dimension*/, hid_t scale, void* found) {
  std::array<char, 1024> path{};
  if (H5Iget_name(scale, path.data(), path.size()) > 0) {
    *static_cast<std::string*>(found) = path.data();
  }
  return 0;
}

/// Puts a view of the same variable in the sources in the place of a variable over jobs. Everything else
/// about it stays: type, size, fill value, attributes, dimension scales.
void show(hid_t file, const std::string& path, const std::vector<std::string>& names,
          const std::vector<Piece>& pieces) {
  Handle old(H5Dopen2(file, path.c_str(), H5P_DEFAULT), H5Dclose, "variable " + path);
  const Handle type(H5Dget_type(old.get()), H5Tclose, path);
  const Extent extent = h5::extent_of(old.get());
  const Handle space = h5::dataspace(extent);

  const Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, path);
  {
    const Handle before(H5Dget_create_plist(old.get()), H5Pclose, path);
    H5D_fill_value_t defined = H5D_FILL_VALUE_DEFAULT;
    h5::checked(H5Pfill_value_defined(before.get(), &defined), "fill value of " + path);
    // Texts have none, and must not get one: netCDF-C (4.9.0) has room for 8 bytes of it and crashes.
    if (defined == H5D_FILL_VALUE_USER_DEFINED) {
      std::vector<char> fill(H5Tget_size(type.get()));
      h5::checked(H5Pget_fill_value(before.get(), type.get(), fill.data()), "fill value of " + path);
      h5::checked(H5Pset_fill_value(properties.get(), type.get(), fill.data()), "fill value of " + path);
    }
    h5::checked(H5Pset_attr_phase_change(properties.get(), 16, 8), path);
  }
  for (const Piece& piece : pieces) {
    Extent start(extent.size(), 0);
    Extent stride(extent.size(), 1);
    Extent count(extent.size(), 1);
    Extent block = extent;
    start[0] = piece.rows.first;
    stride[0] = piece.rows.stride;
    count[0] = piece.rows.count;
    block[0] = 1;
    h5::checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), stride.data(), count.data(),
                                    block.data()),
                path);
    h5::checked(
        H5Pset_virtual(properties.get(), space.get(), names[static_cast<std::size_t>(piece.source)].c_str(),
                       ("/" + path).c_str(), space.get()),
        path);
  }

  std::vector<std::string> scales(extent.size());
  for (unsigned dimension = 0; dimension < extent.size(); ++dimension) {
    h5::checked(H5DSiterate_scales(old.get(), dimension, nullptr, keep_scale, &scales[dimension]),
                "dimension scale of " + path);
    const Handle scale(H5Dopen2(file, scales[dimension].c_str(), H5P_DEFAULT), H5Dclose, scales[dimension]);
    h5::checked(H5DSdetach_scale(old.get(), scale.get(), dimension), "dimension scale of " + path);
  }
  // The old variable must be gone before its name can be given again; `old` keeps its attributes readable.
  h5::checked(H5Ldelete(file, path.c_str(), H5P_DEFAULT), path);
  const Handle all = h5::dataspace(extent);
  const Handle view(
      H5Dcreate2(file, path.c_str(), type.get(), all.get(), H5P_DEFAULT, properties.get(), H5P_DEFAULT),
      H5Dclose, "variable " + path);
  for (const std::string& name : attribute_names(old.get())) {
    if (name != "DIMENSION_LIST") {
      copy_attribute(old.get(), view.get(), name);
    }
  }
  for (unsigned dimension = 0; dimension < extent.size(); ++dimension) {
    const Handle scale(H5Dopen2(file, scales[dimension].c_str(), H5P_DEFAULT), H5Dclose, scales[dimension]);
    h5::checked(H5DSattach_scale(view.get(), scale.get(), dimension), "dimension scale of " + path);
  }
}

std::string source_name(hid_t properties, std::size_t piece) {
  const ssize_t size = H5Pget_virtual_filename(properties, piece, nullptr, 0);
  h5::checked(size, "name of a source");
  std::string name(static_cast<std::size_t>(size), '\0');
  h5::checked(H5Pget_virtual_filename(properties, piece, name.data(), name.size() + 1), "name of a source");
  return name;
}

}  // namespace

std::vector<sweep::JobRun> runs_of(const std::vector<std::uint64_t>& numbers) {
  std::vector<sweep::JobRun> runs;
  for (std::size_t i = 0; i < numbers.size();) {
    sweep::JobRun run{numbers[i], 1, 1};
    if (i + 1 < numbers.size()) {
      run.stride = numbers[i + 1] - numbers[i];
      while (i + run.count < numbers.size() && numbers[i + run.count] == run.first + run.count * run.stride) {
        ++run.count;
      }
    }
    i += run.count;
    runs.push_back(run);
  }
  return runs;
}

void show_rows_of(const RowSources& sources, const std::filesystem::path& file, const sweep::Sweep& sweep) {
  const std::vector<Piece> by_job = pieces_of(sources.owner, sources.files.size());
  if (by_job.size() > most_pieces) {
    throw StoreError(
        fmt::format("{}: the inputs hold their jobs in {} separate pieces, too many for a virtual file (at "
                    "most {}); leave "
                    "--virtual away to copy them",
                    file.string(), by_job.size(), most_pieces));
  }
  std::vector<std::string> names;
  for (const auto& source : sources.files) {
    names.push_back(source.string());
  }
  const Layout layout = layout_of(sweep);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file access properties");
  h5::checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110), "file format");
  const Handle h5_file(H5Fopen(file.c_str(), H5F_ACC_RDWR, access.get()), H5Fclose,
                       file.string() + ": cannot be opened for writing");
  for (const auto& variables : {result_variables(layout), run_variables()}) {
    for (const Variable& variable : variables) {
      show(h5_file.get(), variable.path, names, by_job);
    }
  }
  for (const ShapeGroup& shape : layout.shapes) {
    std::vector<std::int32_t> owner_of_row;
    owner_of_row.reserve(shape.jobs.size());
    for (const std::int64_t job : shape.jobs) {
      owner_of_row.push_back(sources.owner[static_cast<std::size_t>(job)]);
    }
    const std::vector<Piece> by_row = pieces_of(owner_of_row, sources.files.size());
    if (layout.weights) {
      for (const Variable& variable : weight_variables()) {
        if (variable.row_chunks) {  // the others are parameters
          show(h5_file.get(), "weights/" + shape.name + "/" + variable.path, names, by_row);
        }
      }
    }
    if (shape.record_trials > 0) {
      for (const Variable& variable : record_variables()) {
        show(h5_file.get(), "record/" + shape.name + "/" + variable.path, names, by_row);
      }
    }
  }
  h5::put_attribute(h5_file.get(), "virtual_sources", fmt::format("{}", fmt::join(names, "\n")));
  h5::checked(H5Fflush(h5_file.get(), H5F_SCOPE_GLOBAL), file.string() + ": cannot be written");
}

RowSources row_sources(hid_t file, std::uint64_t jobs) {
  RowSources sources;
  const Handle dataset(H5Dopen2(file, "status", H5P_DEFAULT), H5Dclose, "variable status");
  const Handle properties(H5Dget_create_plist(dataset.get()), H5Pclose, "variable status");
  if (H5Pget_layout(properties.get()) != H5D_VIRTUAL) {
    return sources;
  }
  std::size_t pieces = 0;
  h5::checked(H5Pget_virtual_count(properties.get(), &pieces), "variable status");
  if (pieces > most_pieces) {
    throw StoreError("its rows come from an absurd number of pieces");
  }
  sources.owner.assign(jobs, -1);
  std::map<std::string, std::int32_t> known;
  for (std::size_t piece = 0; piece < pieces; ++piece) {
    const std::string name = source_name(properties.get(), piece);
    const auto [found, fresh] = known.try_emplace(name, static_cast<std::int32_t>(sources.files.size()));
    if (fresh) {
      sources.files.emplace_back(name);
    }
    const Handle space(H5Pget_virtual_vspace(properties.get(), piece), H5Sclose, "variable status");
    hsize_t start = 0, stride = 1, count = 0, block = 1;
    if (H5Sis_regular_hyperslab(space.get()) <= 0 ||
        H5Sget_regular_hyperslab(space.get(), &start, &stride, &count, &block) < 0 || block == 0 ||
        stride == 0 || start >= jobs || count > jobs || (count > 1 && stride < block) ||
        (count > 0 && (count - 1) > (jobs - 1 - start) / stride)) {
      throw StoreError("its rows come from pieces of an unknown form");
    }
    for (hsize_t i = 0; i < count; ++i) {
      for (hsize_t j = 0; j < block && start + i * stride + j < jobs; ++j) {
        sources.owner[start + i * stride + j] = found->second;
      }
    }
  }
  if (sources.files.empty()) {
    throw StoreError("it is a virtual file without sources");
  }
  return sources;
}

}  // namespace augsweep::store
