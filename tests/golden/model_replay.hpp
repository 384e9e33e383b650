#pragma once
/// @file Replays a trace's stimuli and responses through a network and compares everything else that was
/// recorded.

#include "agent.hpp"
#include "comparison.hpp"
#include "trace.hpp"

namespace augsweep::golden {

/// The trace's initial weights. Throws TraceError if they are missing or of another size.
FlatWeights initial_weights(const Trace& trace);

/// Replays all events through `agent`, which starts with the initial weights, and adds to `comparison`.
/// Throws TraceError for an event that is unknown, lacks a field or can't come where it stands.
void replay_model(const Trace& trace, Agent& agent, Comparison& comparison);

}  // namespace augsweep::golden
