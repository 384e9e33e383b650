#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "app/commands.hpp"
#include "app/version.hpp"

namespace augsweep::app {

namespace {

/// Text as roff prints it literally; man(7).
std::string roff(std::string_view text) {
  std::string escaped;
  bool line_begins = true;
  for (const char character : text) {
    if (line_begins && (character == '.' || character == '\'')) {
      escaped += "\\&";
    }
    if (character == '\\') {
      escaped += "\\e";
    } else if (character == '-') {
      escaped += "\\-";
    } else {
      escaped += character;
    }
    line_begins = character == '\n';
  }
  return escaped;
}

/// A description: paragraphs, and lines that begin with two spaces as they stand.
std::string roff_paragraphs(std::string_view text) {
  std::string page;
  bool literal = false;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const bool indented = line.starts_with("  ");
    if (indented != literal) {
      page += indented ? ".nf\n" : ".fi\n";
      literal = indented;
    }
    page += line.empty() ? ".PP\n" : roff(line) + '\n';
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return page + (literal ? ".fi\n" : "");
}

/// Options and positional arguments of a command.
std::string roff_options(const CLI::App& command) {
  const CLI::Formatter formatter;
  std::string page;
  for (const CLI::Option* option : command.get_options()) {
    const std::string name =
        option->get_positional() ? option->get_name(true) : option->get_name(false, true);
    page += fmt::format(".TP\n.B {}\n{}\n", roff(name + formatter.make_option_opts(option)),
                        roff(option->get_description()));
  }
  return page;
}

constexpr std::array<std::array<std::string_view, 2>, 4> exit_status = {{
    {"0", "complete"},
    {"1", "usage or input error: nothing was run, or nothing more could be written"},
    {"2", "complete, but some jobs failed"},
    {"75", "stopped early on request (signal, time limit); run --resume goes on"},
}};

std::string manual_page(const CLI::App& program) {
  std::string page =
      fmt::format(".TH AUGSWEEP 1 \"\" \"augsweep {}\" \"User Commands\"\n.SH NAME\n", program_version());
  page += "augsweep \\- parallel sweeps of AuGMEnT reinforcement\\-learning simulations\n";
  page += ".SH SYNOPSIS\n.B augsweep\nCOMMAND [OPTIONS]\n.SH DESCRIPTION\n" +
          roff_paragraphs(program.get_description()) + roff_options(program) + ".SH COMMANDS\n";
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) {
      page += fmt::format(".SS \"augsweep {}\"\n{}{}", command->get_name(),
                          roff_paragraphs(command->get_description()), roff_options(*command));
    }
  }
  page += ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : exit_status) {
    page += fmt::format(".TP\n.B {}\n{}\n", code, roff(meaning));
  }
  page +=
      ".SH SEE ALSO\nsbatch(1), mpirun(1); the documents that come with the program: sweep\\-files.md, "
      "file\\-format.md, clusters.md\n";
  return page;
}

}  // namespace

void add_man_command(CLI::App& program, ExitCode& exit_code) {
  auto* command =
      program.add_subcommand("man", "Print the manual page in man(7) format: augsweep man | man -l -");
  command->group("");  // for the installation, not for the list of commands
  command->callback([&program, &exit_code] {
    fmt::print("{}", manual_page(program));
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
