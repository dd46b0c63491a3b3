// Implements ops/control/openapi.h.
#include "ops/control/openapi.h"

#include <boost/json/array.hpp>
#include <cassert>

#include "base/text.h"
#include "ops/control/parameters.h"
#include "ops/control/routes.h"
#include "ops/journal/json_text.h"

namespace gatepost {
namespace {

namespace json = boost::json;

const Parameter& known(std::string_view name) {
  const auto* const parameter = find_parameter(name);
  assert(parameter);
  return *parameter;
}

json::object schema_of(const Parameter& parameter) {
  switch (parameter.type) {
    case Parameter::Type::number:
      return {{"type", "integer"}, {"minimum", 0}};
    case Parameter::Type::flag:
      return {{"type", "boolean"}};
    case Parameter::Type::list:
      return {{"type", "array"}, {"items", json::object()}};
    case Parameter::Type::text:
      break;
  }
  return {{"type", "string"}};
}

json::object parameter_json(std::string_view name, std::string_view place) {
  const auto& parameter = known(name);
  json::object told{{"name", name}, {"in", place}};
  if (place == "path") told["required"] = true;
  told["description"] = parameter.sentence;
  told["schema"] = schema_of(parameter);
  return told;
}

json::array parameters_of(const ApiRoute& route) {
  json::array told;
  for (const auto segment : split(route.path.substr(1), '/')) {
    if (segment.starts_with('{'))
      told.push_back(parameter_json(segment.substr(1, segment.size() - 2), "path"));
  }
  for (const auto name : route.query) told.push_back(parameter_json(name, "query"));
  return told;
}

json::object content(std::string_view type, json::object schema) {
  return {{type, json::object{{"schema", std::move(schema)}}}};
}

json::object body_of(const ApiRoute& route) {
  json::object members;
  for (const auto name : route.body) {
    const auto& parameter = known(name);
    auto schema = schema_of(parameter);
    schema["description"] = parameter.sentence;
    members[name] = std::move(schema);
  }
  json::object schema{{"type", "object"}};
  if (!members.empty()) {
    schema["properties"] = std::move(members);
    schema["additionalProperties"] = false;
  }
  auto kinds = content("application/json", std::move(schema));
  if (route.takes == ApiRoute::Takes::message_too)
    kinds[kMessageType] = json::object{{"schema", json::object{{"type", "string"}}}};
  return {{"content", std::move(kinds)}};
}

json::object answers_of(const ApiRoute& route) {
  using enum ApiRoute::Gives;
  json::object done{{"description", "Done."}};
  const json::object any{{"type", "string"}};
  if (route.gives == json) done["content"] = content("application/json", {{"type", "object"}});
  if (route.gives == lines) done["content"] = content("application/jsonl", any);
  if (route.gives == text) done["content"] = content("text/plain", any);
  if (route.gives == events) done["content"] = content("text/event-stream", any);
  return {{route.gives == nothing ? "204" : "200", std::move(done)},
          {"default", json::object{{"$ref", "#/components/responses/problem"}}}};
}

// "GET /v1/addresses/{address}" is "get_addresses_address".
std::string id_of(const ApiRoute& route) {
  auto id = to_lower(route.method);
  for (const char c : route.path.substr(std::string_view("/v1").size())) {
    if (c == '/' || c == '-' || c == '.') id += '_';
    if (c >= 'a' && c <= 'z') id += c;
  }
  return id;
}

json::object operation_of(const ApiRoute& route) {
  json::object told{{"operationId", id_of(route)}, {"summary", route.sentence}};
  if (auto parameters = parameters_of(route); !parameters.empty())
    told["parameters"] = std::move(parameters);
  if (!route.body.empty() || route.takes != ApiRoute::Takes::members)
    told["requestBody"] = body_of(route);
  told["responses"] = answers_of(route);
  return told;
}

json::object components() {
  const json::object members{{"type", json::object{{"type", "string"}}},
                             {"title", json::object{{"type", "string"}}},
                             {"status", json::object{{"type", "integer"}}},
                             {"detail", json::object{{"type", "string"}}}};
  const json::object problem{{"description", "It cannot be done, and why (RFC 9457)."},
                             {"content", content("application/problem+json",
                                                 {{"type", "object"}, {"properties", members}})}};
  const json::object token{{"type", "http"}, {"scheme", "bearer"}};
  const json::object cookie{{"type", "apiKey"}, {"in", "cookie"}, {"name", "gatepost"}};
  return {{"responses", json::object{{"problem", problem}}},
          {"securitySchemes", json::object{{"token", token}, {"login", cookie}}}};
}

}  // namespace

Response describe_api(const Call&) {
  json::object paths;
  for (const auto& route : routes()) {
    auto& path = paths[route.path];
    if (!path.is_object()) path.emplace_object();
    path.get_object()[to_lower(route.method)] = operation_of(route);
  }
  json::object api{{"openapi", "3.1.0"},
                   {"info", json::object{{"title", "gatepost"}, {"version", GATEPOST_VERSION}}}};
  api["security"] =
      json::array{json::object{{"token", json::array()}}, json::object{{"login", json::array()}}};
  api["paths"] = std::move(paths);
  api["components"] = components();
  return json_response(api);
}

}  // namespace gatepost
