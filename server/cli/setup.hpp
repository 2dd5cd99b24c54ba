#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "certs/receipt.hpp"
#include "storage/data_folder.hpp"
#include "storage/store.hpp"

/// A data folder's beginning, and opening what is in it.
namespace waystation::server::cli {

/// Where a folder keeps its certificate (made by init) and the key of receipts.
std::filesystem::path certificate_file(const storage::DataFolder& folder);
std::filesystem::path certificate_key_file(const storage::DataFolder& folder);
/// Throws std::runtime_error in plain words.
certs::SigningKey load_receipt_key(const storage::DataFolder& folder);

/// True if there is nothing at that path, or a folder with nothing in it.
bool is_vacant(const std::filesystem::path& path);

/// Makes the folder, its keys, an authority of its own with `ca.pem` for phones, a certificate for `hosts`,
/// and the key of receipts. Takes the lock. Throws std::runtime_error.
void make_keys(storage::DataFolder& folder, const std::vector<std::string>& hosts);

/// Opens the database, with faults of the store told on the standard error.
std::unique_ptr<storage::Store> open_store(storage::DataFolder& folder,
                                           std::function<storage::Time()> clock = {});

/// 100 random bits in letters and digits that are not mistaken for each other.
std::string make_password();

/// Takes away what was made at a path unless kept: a beginning that failed leaves nothing.
class Undo {
 public:
  explicit Undo(std::filesystem::path path);
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  ~Undo();
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool was_there_;
  bool kept_ = false;
};

}  // namespace waystation::server::cli
