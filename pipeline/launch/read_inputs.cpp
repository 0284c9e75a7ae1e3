// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/settings.hpp"

namespace weir {
namespace {

/// Reads the `in:` of one stage.
class InputReader {
 public:
  InputReader(StageDraft& stage, LaunchDraft& draft) : stage_(stage), draft_(draft), info_(*stage.spec.info) {}

  void read() {
    const YamlNode* in = stage_.body->find("in");
    if (!in || in->is_null()) return;
    if (info_.inputs.empty()) {
      refuse(*in, concat("key 'in' is ", describe(*in), ", but ", info_.name, " has no inputs; remove the key"));
    } else if (in->is_map() && (!in->find("from") || info_.input("from"))) {
      for (std::size_t i = 0; i < in->keys.size(); ++i) read_port(in->keys[i], in->values[i]);
    } else if (const auto port = default_input(info_)) {
      read_sources(*in, *port);
    } else {
      refuse(*in,
             concat("key 'in' is ", describe(*in), ", but ", info_.name,
                    " has several inputs; write in: {PORT: STAGE, ...} with ", join_names(port_names(info_.inputs))));
    }
  }

 private:
  void refuse(const YamlNode& at, std::string_view text) {
    draft_.problems.add(at, concat(stage_.who(), text));
    draft_.broken = true;
  }

  void read_port(const YamlNode& key, const YamlNode& value) {
    const PortInfo* port = info_.input(key.text);
    if (port) {
      read_sources(value, static_cast<std::size_t>(port - info_.inputs.data()));
    } else {
      refuse(key, concat(info_.name, " has no input ", seen_and_known(key.text, port_names(info_.inputs))));
    }
  }

  void read_sources(const YamlNode& value, std::size_t port) {
    if (value.is_scalar()) {
      stage_.inputs.push_back({&value, port, FeedbackKind::none, 1});
    } else if (value.is_list() && !value.values.empty()) {
      for (const YamlNode& item : value.values) {
        if (item.is_scalar())
          stage_.inputs.push_back({&item, port, FeedbackKind::none, 1});
        else
          refuse_source(item, port);
      }
    } else if (value.is_map()) {
      read_long_form(value, port);
    } else {
      refuse_source(value, port);
    }
  }

  void refuse_source(const YamlNode& at, std::size_t port) {
    refuse(at, concat("input '", info_.inputs[port].name, "' is ", describe(at),
                      ", but must be STAGE, STAGE.PORT, a list of those, or {from: STAGE, feedback: newest}"));
  }

  void read_long_form(const YamlNode& map, std::size_t port) {
    const std::string who = concat(stage_.who(), "input '", info_.inputs[port].name, "': ");
    refuse_unknown_keys(map, {"from", "feedback", "lag"}, who, draft_.problems);
    const YamlNode* from = map.find("from");
    if (!from || !from->is_scalar()) {
      draft_.problems.add(from ? *from : map, concat(who, "key 'from' is ", from ? describe(*from) : "missing",
                                                     ", but must be STAGE or STAGE.PORT"));
      draft_.broken = true;
      return;
    }
    InputDraft input{from, port, FeedbackKind::none, 1};
    read_feedback(map, who, input);
    stage_.inputs.push_back(input);
  }

  void read_feedback(const YamlNode& map, const std::string& who, InputDraft& input) {
    const YamlNode* feedback = map.find("feedback");
    const YamlNode* lag_map = &map;
    if (feedback && feedback->is_map()) {
      refuse_unknown_keys(*feedback, {"lag"}, who, draft_.problems);
      lag_map = feedback;
    }
    const bool has_lag = lag_map->find("lag") != nullptr;
    if (feedback && (feedback->text == "lag" || (feedback->is_map() && has_lag))) {
      input.feedback = FeedbackKind::lag;
    } else if (feedback && feedback->text == "newest") {
      input.feedback = FeedbackKind::newest;
    } else if (feedback) {
      draft_.problems.add(*feedback, concat(who, "key 'feedback' is ", describe(*feedback),
                                            ", but must be newest, lag, or {lag: FRAMES}"));
      input.feedback = FeedbackKind::newest;  // feedback is meant, so the edge is taken out of the search for cycles
      return;
    }
    if (has_lag && input.feedback != FeedbackKind::lag) {
      draft_.problems.add(*lag_map->find("lag"), concat(who, "key 'lag' needs feedback: lag"));
    }
    input.lag = static_cast<int>(settings::read(lag_map, settings::kLag, who, draft_.problems).value_or(1));
  }

  StageDraft& stage_;
  LaunchDraft& draft_;
  const StageInfo& info_;
};

}  // namespace

void read_inputs(StageDraft& stage, LaunchDraft& draft) { InputReader(stage, draft).read(); }

}  // namespace weir
