// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/record_stream.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "transport/link/link_rules.hpp"
#include "transport/link/nats/nats_library.hpp"
#include "transport/link/nats/nats_wire.hpp"

namespace weir {
namespace {

struct MessageEnd {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
using MessageHandle = std::unique_ptr<natsMsg, MessageEnd>;

/// What callbacks need, kept by each of them.
struct Answers {
  std::string server;
  std::function<void(RecordAnswer)> tell;
};
using SharedAnswers = std::shared_ptr<Answers>;

std::string_view data_of(natsMsg* message) {
  return {natsMsg_GetData(message), static_cast<std::size_t>(std::max(0, natsMsg_GetDataLength(message)))};
}

/// The server answers {"stream":...,"seq":...} or {"error":{...}}.
Status read_answer(const std::string& server, natsMsg* message) {
  if (natsMsg_IsNoResponders(message)) {
    return {Code::unavailable, server + ": no stream listens to the subject of the records, or JetStream is off"};
  }
  const std::string_view text = data_of(message);
  if (text.find("\"seq\":") != std::string_view::npos && text.find("\"error\":") == std::string_view::npos) return {};
  return {Code::unavailable, server + ": the stream did not take a record: " + std::string(text.substr(0, 300))};
}

void on_answer(natsConnection*, natsSubscription*, natsMsg* raw, void* closure) {
  const MessageHandle message(raw);
  const auto& answers = **static_cast<SharedAnswers*>(closure);
  const std::string_view digits = last_part(natsMsg_GetSubject(raw));
  std::uint64_t token = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), token);
  if (token != 0) answers.tell({token, read_answer(answers.server, raw)});
}

void on_closed(natsConnection*, void* closure) {
  const std::unique_ptr<SharedAnswers> answers(static_cast<SharedAnswers*>(closure));
  (*answers)->tell({0, {Code::unavailable, (*answers)->server + ": the NATS server has gone"}});
}

void drop_answers(void* closure) { delete static_cast<SharedAnswers*>(closure); }

/// Without it the library writes what went wrong to standard error. What is lost is sent again after a while.
void on_error(natsConnection*, natsSubscription*, natsStatus, void*) {}

}  // namespace

struct RecordStream::Impl {
  explicit Impl(const RecordStreamOptions& wanted) : options(wanted) {}
  ~Impl() {
    if (subscription != nullptr) natsSubscription_Destroy(subscription);
    if (connection) natsConnection_Close(connection.get());
  }

  Status connect(std::function<void(RecordAnswer)> tell);
  Status ensure_stream();
  Result<std::string> ask(const std::string& subject, const std::string& body);

  const RecordStreamOptions options;
  std::string server, inbox;
  NatsConnectionHandle connection;
  natsSubscription* subscription = nullptr;
};

Status RecordStream::Impl::connect(std::function<void(RecordAnswer)> tell) {
  server = nats_server_text(options.server);
  NatsAccess access{options.server, options.tls, options.credentials, options.connect_timeout, "weir records"};
  auto made = make_nats_options(access);
  if (!made) return made.error();
  const std::string prefix = nats_device_prefix(nats_user(options.tls, options.credentials)) + random_nats_token();
  inbox = prefix + ".";
  auto answers = std::make_shared<Answers>(Answers{server, std::move(tell)});
  auto closed = std::make_unique<SharedAnswers>(answers);
  natsOptions_SetClosedCB(made->get(), &on_closed, closed.get());
  natsOptions_SetErrorHandler(made->get(), &on_error, nullptr);
  natsOptions_SetCustomInboxPrefix(made->get(), (prefix + ".ask").c_str());
  natsConnection* raw = nullptr;
  if (const natsStatus status = natsConnection_Connect(&raw, made->get()); status != NATS_OK) {
    return nats_connect_error(access, status);
  }
  connection.reset(raw);
  closed.release();  // on_closed() drops it
  auto closure = std::make_unique<SharedAnswers>(answers);
  natsStatus status = natsConnection_Subscribe(&subscription, raw, (inbox + "*").c_str(), &on_answer, closure.get());
  if (status != NATS_OK) return {Code::unavailable, server + ": " + nats_text(status)};
  status = natsSubscription_SetOnCompleteCB(subscription, &drop_answers, closure.release());
  return status == NATS_OK ? Status{} : Status{Code::unavailable, server + ": " + nats_text(status)};
}

Result<std::string> RecordStream::Impl::ask(const std::string& subject, const std::string& body) {
  natsMsg* raw = nullptr;
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(options.connect_timeout).count();
  const natsStatus status = natsConnection_RequestString(&raw, connection.get(), subject.c_str(), body.c_str(), limit);
  const MessageHandle message(raw);
  if (status == NATS_NO_RESPONDERS) {
    return fail(Code::unavailable, server + ": JetStream is off; the server's configuration needs a jetstream block");
  }
  if (status != NATS_OK) {
    return fail(Code::unavailable, server + ": no answer about the stream " + options.server.name + ": " +
                                       nats_text(status) + "; may this user publish to " + subject + "?");
  }
  return std::string(data_of(raw));
}

Status RecordStream::Impl::ensure_stream() {
  const std::string& name = options.server.name;
  const auto there = ask("$JS.API.STREAM.INFO." + name, "");
  if (!there) return there.error();
  if (there->find("\"error\":") == std::string::npos) return {};
  const auto made = ask("$JS.API.STREAM.CREATE." + name,
                        "{\"name\":\"" + name + "\",\"subjects\":[\"" + options.subject +
                            "\"],\"retention\":\"limits\",\"storage\":\"file\",\"discard\":\"old\",\"num_replicas\":1,"
                            "\"max_consumers\":-1,\"max_msgs\":-1,\"max_age\":0,\"max_bytes\":" +
                            std::to_string(options.max_bytes) +
                            ",\"duplicate_window\":" + std::to_string(options.remember.count()) + "}");
  if (!made) return made.error();
  if (made->find("\"error\":") == std::string::npos) return {};
  return {Code::unavailable, server + ": the stream " + name + " cannot be made: " + made->substr(0, 300)};
}

RecordStream::RecordStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordStream::~RecordStream() = default;

Result<std::unique_ptr<RecordStream>> RecordStream::open(const RecordStreamOptions& options,
                                                         std::function<void(RecordAnswer)> answered) {
  LinkOptions rules;
  rules.tls = options.tls;
  if (Status status = may_connect(options.server, rules); !status) return fail(status.error());
  auto impl = std::make_unique<Impl>(options);
  if (Status status = impl->connect(std::move(answered)); !status) return fail(status.error());
  if (Status status = impl->ensure_stream(); !status) return fail(status.error());
  return std::unique_ptr<RecordStream>(new RecordStream(std::move(impl)));
}

Status RecordStream::publish(std::uint64_t token, const std::string& id, std::span<const std::uint8_t> body) {
  natsMsg* raw = nullptr;
  const std::string reply = impl_->inbox + std::to_string(token);
  natsStatus status = natsMsg_Create(&raw, impl_->options.subject.c_str(), reply.c_str(),
                                     reinterpret_cast<const char*>(body.data()), static_cast<int>(body.size()));
  const MessageHandle message(raw);
  if (status == NATS_OK) status = natsMsgHeader_Set(raw, "Nats-Msg-Id", id.c_str());
  if (status == NATS_OK) status = natsConnection_PublishMsg(impl_->connection.get(), raw);
  if (status == NATS_OK) return {};
  return {status == NATS_MAX_PAYLOAD ? Code::invalid : Code::unavailable,
          impl_->server + ": " + nats_text(status) +
              (status == NATS_MAX_PAYLOAD ? "; raise max_payload in the server's configuration" : "")};
}

std::size_t RecordStream::max_payload() const {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, natsConnection_GetMaxPayload(impl_->connection.get())));
}

}  // namespace weir
