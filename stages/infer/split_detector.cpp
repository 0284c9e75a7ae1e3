// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/split_detector.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include "elastic/shape_inference.hpp"
#include "elastic/switchable/setup_tables.hpp"
#include "stages/infer/coco_classes.hpp"
#include "stages/infer/detector_facts.hpp"
#include "stages/infer/switchable_pair.hpp"
#include "stages/infer/views.hpp"

namespace weir {
namespace {

std::uint64_t short_hash(const std::string& text) {
  const std::string digest = sha256_hex(text);
  std::uint64_t hash = 0;
  std::from_chars(digest.data(), digest.data() + 16, hash, 16);
  return hash;
}

Result<NetworkCut> cut(const OnnxModel& model, const std::vector<std::string>& seam, const DetectorOptions& options) {
  auto pieces = split_model(model, seam);
  if (!pieces) {
    return fail(pieces.error().code, "seam of " + options.model + ": " + pieces.error().text +
                                         "; `pipeline model seams " + options.model + "` lists where it can be cut");
  }
  NetworkCut made{std::move(*pieces), {}, {}};
  made.key = made.pieces.head.metadata.at(kSplitKey);
  const auto types = infer_shapes(made.pieces.head, {{1, 3, options.height, options.width}});
  if (!types) return fail(types.error());
  for (const OnnxValue& tensor : made.pieces.head.outputs) made.shapes.push_back(types->at(tensor.name).shape);
  return made;
}

Status cut_at_seam(const SplitSettings& settings, const OnnxModel& model, SplitDetector& split) {
  auto made = cut(model, settings.seam, split.options);
  if (!made) return made.error();
  split.pieces = std::move(made->pieces);
  split.pieces_key = std::move(made->key);
  split.seam_shapes = std::move(made->shapes);
  return {};
}

Status cut_elsewhere(const SplitSettings& settings, const OnnxModel& model, SplitDetector& split) {
  if (!settings.other_seams.empty() && split.seam_shapes.size() != 1) {
    return {Code::invalid, "other_seams has \"" + settings.other_seams.front() +
                               "\", and there is no `seam` of one tensor beside which it could be chosen; give `seam`"};
  }
  for (const std::string& seam : settings.other_seams) {
    auto made = cut(model, {seam}, split.options);
    if (!made) return {made.error().code, "other_seams: " + made.error().text};
    const bool twice = made->key == split.pieces_key ||
                       std::ranges::find(split.others, made->key, &NetworkCut::key) != split.others.end();
    if (twice) return {Code::invalid, "other_seams has \"" + seam + "\" twice, or it is `seam` itself; name each once"};
    split.others.push_back(std::move(*made));
  }
  return {};
}

std::string text_of(const PictureSize& size) { return extent_text(size.width, size.height); }

/// The closest size that the network takes for pictures.
PictureSize closest(const std::pair<int, int>& wanted, const PictureSize& most) {
  const auto side = [](int pixels, int greatest) {
    const int cells = (pixels + kCoarsestStride / 2) / kCoarsestStride;
    return std::clamp(cells * kCoarsestStride, kCoarsestStride, greatest);
  };
  return {side(wanted.first, most.width), side(wanted.second, most.height)};
}

Status read_sizes(const SplitSettings& settings, SplitDetector& split) {
  const PictureSize most{split.options.width, split.options.height};
  split.sizes = {most};
  for (const std::string& text : settings.sizes) {
    const auto extent = parse_extent(text, "sizes");
    if (!extent) return extent.error();
    const PictureSize size{extent->first, extent->second}, fits = closest(*extent, most);
    if (size != fits) {
      return {Code::invalid, "sizes has " + text_of(size) +
                                 "; both sides must be multiples of 32 and at most those of " + text_of(most) +
                                 ", the network's input. The closest is " + text_of(fits)};
    }
    if (std::ranges::find(split.sizes, size) == split.sizes.end()) split.sizes.push_back(size);
  }
  return {};
}

}  // namespace

std::string SplitDetector::sizes_text() const {
  std::string text;
  for (const PictureSize& size : sizes) text += (text.empty() ? "" : ", ") + text_of(size);
  return text;
}

std::uint64_t split_hash(const SplitDetector& split) { return short_hash(split.pieces_key); }

std::uint64_t cut_hash(const NetworkCut& cut) { return short_hash(cut.key); }

std::uint64_t pair_hash(const SplitDetector& split, const CodeTables* tables) {
  std::string text = split.file_sha256 + " " + extent_text(split.options.width, split.options.height);
  for (const OnnxValue& tensor : split.pieces.head.outputs) text += " " + tensor.name;
  if (split.setups) text += " " + split.pieces_key;
  for (const NetworkCut& other : split.others) text += " " + other.pieces.head.outputs[0].name;
  if (tables) text += " " + std::to_string(tables->id());
  return short_hash(text);
}

Result<std::shared_ptr<const CodeTables>> load_tables(const std::string& file, const SplitDetector& split) {
  if (file.empty()) return nullptr;
  if (split.seam_shapes.size() != 1) {
    return fail(Code::unsupported, "features are sent of one tensor, and " + std::to_string(split.seam_shapes.size()) +
                                       " cross this seam; choose another `seam`, or send pictures alone");
  }
  std::ifstream in(file, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return fail(Code::not_found, "tables " + file + " cannot be read; `pipeline profile` makes them");
  auto tables = CodeTables::parse(bytes);
  if (!tables) return fail(tables.error().code, "tables " + file + ": " + tables.error().text);
  const auto channels = static_cast<std::size_t>(split.seam_shapes[0][1]);
  if ((*tables)->model_hash() != split_hash(split) || (*tables)->channels() != channels) {
    const std::string wanted = split.setups ? "pair or setups than those of " + split.options.model
                                            : "network or seam than " + split.options.model + " at \"" +
                                                  split.pieces.head.outputs[0].name + "\"";
    return fail(Code::invalid,
                "tables " + file + " were made for another " + wanted + "; make them with `pipeline profile`");
  }
  if (!split.setups) return tables;
  if (const auto known = setups_of_rungs(**tables, *split.setups); !known) {
    return fail(known.error().code, "tables " + file + ": " + known.error().text);
  }
  return tables;
}

Result<SplitDetector> load_split_detector(const SplitSettings& settings) {
  SplitDetector split;
  DetectorOptions& options = split.options;
  options.model = settings.model;
  const auto model = load_onnx(settings.model);
  if (!model) return fail(model.error());
  const DetectorFacts facts = detector_facts(*model);
  options.decoder = decoder_named(facts.decoder);
  options.classes = facts.classes.empty() ? coco_classes() : facts.classes;
  const auto extent = parse_extent(settings.size, "size");
  if (!extent) return fail(extent.error());
  options.width = extent->first;
  options.height = extent->second;
  if (options.width % kCoarsestStride != 0 || options.height % kCoarsestStride != 0) {
    return fail(Code::invalid, "size is " + settings.size + "; both sides must be multiples of 32");
  }
  if (Status status = read_sizes(settings, split); !status) return fail(status.error());
  split.file_sha256 = sha256_hex(encode_onnx(*model));
  if (!settings.switchable.empty()) {
    if (Status status = use_switchable_pair(settings, *model, split); !status) return fail(status.error());
  } else if (!settings.seam.empty()) {
    if (Status status = cut_at_seam(settings, *model, split); !status) return fail(status.error());
  }
  if (Status status = cut_elsewhere(settings, *model, split); !status) return fail(status.error());
  return split;
}

}  // namespace weir
