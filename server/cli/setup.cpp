#include "server/cli/setup.hpp"

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "certs/authority.hpp"
#include "certs/random.hpp"

namespace waystation::server::cli {
namespace {

std::filesystem::path receipt_key_file(const storage::DataFolder& folder) {
  return folder.keys() / "receipt.pem";
}

template <class T>
T must(std::expected<T, std::string> result) {
  if (!result) throw std::runtime_error(result.error());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace

std::filesystem::path certificate_file(const storage::DataFolder& folder) {
  return folder.keys() / "server.pem";
}

std::filesystem::path certificate_key_file(const storage::DataFolder& folder) {
  return folder.keys() / "server-key.pem";
}

certs::SigningKey load_receipt_key(const storage::DataFolder& folder) {
  return must(certs::SigningKey::load(receipt_key_file(folder)));
}

bool is_vacant(const std::filesystem::path& path) {
  return !std::filesystem::exists(path) ||
         (std::filesystem::is_directory(path) && std::filesystem::is_empty(path));
}

void make_keys(storage::DataFolder& folder, const std::vector<std::string>& hosts) {
  if (!folder.lock()) throw std::runtime_error(folder.path().string() + " is in use");
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  must(certs::create_authority(folder.keys(), now));
  must(certs::issue(folder.keys(), hosts, now));
  must(certs::SigningKey::create(receipt_key_file(folder)));
  std::filesystem::copy_file(folder.keys() / "ca.pem", folder.path() / "ca.pem");
}

std::unique_ptr<storage::Store> open_store(storage::DataFolder& folder,
                                           std::function<storage::Time()> clock) {
  storage::StoreOptions options;
  options.clock = std::move(clock);
  options.warn = [](const std::string& what) { std::cerr << "waystation: " + what + "\n"; };
  return std::make_unique<storage::Store>(folder, std::move(options));
}

std::string make_password() {
  constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";
  static_assert(letters.size() == 32);
  std::string password;
  for (const auto byte : certs::random_bytes<20>())
    password += letters[byte & 31U];
  return password;
}

Undo::Undo(std::filesystem::path path) : path_(std::move(path)), was_there_(std::filesystem::exists(path_)) {}

Undo::~Undo() {
  if (kept_) return;
  std::error_code ignored;  // the reason why it is undone is what is told
  if (!was_there_) {
    std::filesystem::remove_all(path_, ignored);
    return;
  }
  std::vector<std::filesystem::path> inside;
  for (const auto& entry : std::filesystem::directory_iterator{path_, ignored})
    inside.push_back(entry.path());
  for (const auto& entry : inside)
    std::filesystem::remove_all(entry, ignored);
}

}  // namespace waystation::server::cli
