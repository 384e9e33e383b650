/// @file The kernel's source, compiled once for every instruction set (baseline.cpp, avx2.cpp, avx512.cpp) in
/// a namespace of its own. docs/kernel.md is the page to read with it. No include guard on purpose.
///
/// Everything here works on `count` vectors of units from unit 8 `first` on, so that small networks stay in
/// registers; bigger ones are taken four vectors at a time.

// Code of which there should be one copy, to keep the compiler's work within bounds; and code worth a copy in
// every function that uses it.
#define AUGSWEEP_COLD [[gnu::noinline]]
#define AUGSWEEP_LAMBDA __attribute__((always_inline))
#if AUGSWEEP_WIDTH > 2
#define AUGSWEEP_HOT AUGSWEEP_INLINE
#else
#define AUGSWEEP_HOT AUGSWEEP_COLD
#endif

/// f(0), f(1), ..., written out one by one, so that arrays indexed by them become registers.
template <int count, class F>
AUGSWEEP_INLINE void each(F f) {
  if constexpr (count > 1) each<count - 1>(f);
  f(count - 1);
}

/// What is learned with the tags of the history's entries, seen from its end: discounted[e] is the sum of
/// rate[i] kept^(i - e), i >= e.
AUGSWEEP_INLINE void discount_rates(const State& s) {
  double sum = 0.0;
  for (int e = s.learned; e >= 0; --e) {
    sum = s.rate[e] + s.kept * sum;
    s.discounted[e] = sum;
  }
}

/// Adds z to the units on which an event acts.
template <int count>
AUGSWEEP_INLINE void add_touched(const State& s, int first, Touch touch, double value,
                                 const Lanes (&z)[count], Lanes (&sum)[count]) {
  if (touch == Touch::both) {
    each<count>([&](int u) AUGSWEEP_LAMBDA { sum[u] = sum[u] + z[u]; });
  } else if (touch == Touch::memory) {
    for (int u = 0; u < count; ++u)
      sum[u] = sum[u] + (z[u] & Lanes::load(s.memory_mask + lanes * (first + u)));
  } else {
    const Lanes factor = Lanes::splat(value);
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      sum[u] = sum[u] + ((factor * z[u]) & Lanes::load(s.regular_mask + lanes * (first + u)));
    });
  }
}

/// The same for an event on a row that an earlier event has acted on: on the units that both act on.
template <int count>
AUGSWEEP_INLINE void add_touched_twice(const State& s, int first, const Event& now, const Event& before,
                                       const Lanes (&z)[count], Lanes (&sum)[count]) {
  if (before.touch == Touch::both) {
    add_touched(s, first, now.touch, now.value, z, sum);
  } else if (now.touch == Touch::both || now.touch == before.touch) {
    const double value = now.touch == Touch::both ? before.value : now.value * before.value;
    add_touched(s, first, before.touch, value, z, sum);
  }  // else one acts on regular units, the other on memory units
}

/// The transients of a stimulus that is not binary, or comes after one that was not.
AUGSWEEP_COLD inline void take_values(State& s, const Pattern& stimulus) {
  const int words = (s.stimuli + 63) / 64;
  for (int word = 0; word < words; ++word) {
    std::uint64_t onset = 0;
    std::uint64_t offset = 0;
    const int count = s.stimuli - 64 * word < 64 ? s.stimuli - 64 * word : 64;
    for (int i = 0; i < count; ++i) {
      const double value = stimulus.values[64 * word + i];
      double& old = s.stimulus_before[64 * word + i];
      if (s.binary_before) old = (s.shown_before[word] >> i & 1U) != 0 ? 1.0 : 0.0;
      onset |= static_cast<std::uint64_t>(value > old) << i;
      offset |= static_cast<std::uint64_t>(value < old) << i;
      old = value;
    }
    s.onset[word] = onset;
    s.offset[word] = offset;
    s.shown_before[word] = stimulus.shown[word];
  }
  s.binary_before = stimulus.binary;
}

/// Takes the stimulus over, and finds its transients.
AUGSWEEP_INLINE void take_stimulus(State& s, const Pattern& stimulus, bool repeat) {
  s.shown_row = stimulus.single < 0 ? -1 : s.stimuli + stimulus.single;
  if (!repeat && !(stimulus.binary && s.binary_before)) {
    take_values(s, stimulus);
    return;
  }
  for (int word = 0; 64 * word < s.stimuli; ++word) {
    const std::uint64_t shown = stimulus.shown[word];
    const std::uint64_t before = s.shown_before[word];
    s.onset[word] = repeat ? 0 : shown & ~before;
    s.offset[word] = repeat ? 0 : before & ~shown;
    s.shown_before[word] = shown;
  }
}

/// The same for a single unit that comes after another one, or after nothing.
AUGSWEEP_INLINE void take_single(State& s, const Pattern& stimulus) {
  s.shown_row = s.stimuli + stimulus.single;
  s.onset[0] = stimulus.shown[0];
  s.offset[0] = s.shown_before[0];
  s.shown_before[0] = stimulus.shown[0];
}

/// From one-hot steps to a list of events, because a step of another kind follows.
AUGSWEEP_COLD inline void spell_out(State& s) {
  std::int32_t end = 0;
  const auto append = [&](int entry, int row, Touch touch) {
    s.events[end] = Event{row, touch, entry, s.last_event[row], 1.0};
    s.last_event[row] = end++;
  };
  for (int e = 1; e <= s.entries; ++e) {
    append(e, s.on_row[e], Touch::both);
    if (s.off_row[e] != s.rows) append(e, s.off_row[e], Touch::memory);
    s.first_event[e + 1] = end;
  }
  s.one_hot = false;
}

/// f(event) for the events of one entry.
template <class F>
AUGSWEEP_INLINE void for_events(const State& s, int e, F f) {
  if (s.one_hot) {
    f(Event{s.on_row[e], Touch::both, e, -1, 1.0});
    if (s.off_row[e] != s.rows) f(Event{s.off_row[e], Touch::memory, e, -1, 1.0});
    return;
  }
  for (int i = s.first_event[e]; i < s.first_event[e + 1]; ++i) f(s.events[i]);
}

/// The events of the stimulus, behind the history's. Returns whether one is on a row that an earlier event
/// has acted on.
AUGSWEEP_COLD inline bool find_events(State& s, const Pattern& stimulus) {
  Event* const begin = s.events + s.first_event[s.entries + 1];
  Event* end = begin;
  std::int32_t before = -1;  // stays negative as long as every event's `previous` is
  const auto append = [&](std::uint64_t& left, int base, int first_row, Touch touch) {
    const int unit = base + __builtin_ctzll(left);
    left &= left - 1;
    const int row = first_row + unit;
    const std::int32_t previous = s.last_event[row];
    before &= previous;
    *end++ = Event{row, touch, s.entries + 1, previous, stimulus.values[unit]};
  };
  for (int base = 0; base < s.stimuli; base += 64) {
    const int word = base / 64;
    const std::uint64_t both = s.onset[word] & stimulus.one[word];
    std::uint64_t left = both;
    while (left != 0) append(left, base, 0, Touch::both);
    left = stimulus.shown[word] & ~both;
    while (left != 0) append(left, base, 0, Touch::regular);
    left = s.onset[word] & ~both;
    while (left != 0) append(left, base, 0, Touch::memory);
    left = s.offset[word];
    while (left != 0) append(left, base, s.stimuli, Touch::memory);
  }
  s.pending = static_cast<std::int32_t>(end - begin);
  return before >= 0;
}

/// The units' part of Q; with the last units it is whole.
template <int count>
AUGSWEEP_INLINE void add_values(State& s, int first, const Lanes (&y)[count]) {
  for (int a = 0; a < s.responses; ++a) {
    const double* w = s.w + a * s.stride + lanes * first;
    Lanes sum = y[0] * Lanes::load(w);
    for (int u = 1; u < count; ++u) sum = sum + y[u] * Lanes::load(w + lanes * u);
    double* parts = s.q_parts + lanes * a;
    if (first > 0) sum = Lanes::load(parts) + sum;
    if (first + count < s.vectors) {
      sum.store(parts);
    } else {
      s.q[a] = sum.sum();
    }
  }
}

/// h += what this history has taught the rows that are switched on now, beyond v_common: rows that it has
/// touched before, and all rows if it has begun with tags and traces of their own. z runs backwards through
/// it (docs/kernel.md).
template <int count>
AUGSWEEP_COLD void add_recalled(const State& s, int first) {
  const int at = lanes * first;
  Lanes h[count];
  each<count>([&](int u) AUGSWEEP_LAMBDA { h[u] = Lanes::load(s.h + at + lanes * u); });
  const Event* event = s.events + s.first_event[s.entries + 1];
  for (const Event* const end = event + s.pending; event != end; ++event) {
    if (event->previous < 0 && !s.carried) continue;
    Lanes z[count];
    each<count>([&](int u) AUGSWEEP_LAMBDA { z[u] = Lanes::splat(0.0); });
    int e = s.learned;
    const auto back_to = [&](int entry) {
      for (; e >= entry; --e) {
        const Lanes rate = Lanes::splat(s.discounted[e]);
        const double* gate = s.gate + e * s.stride + at;
        each<count>([&](int u) AUGSWEEP_LAMBDA {
          z[u] = Lanes::load(s.phi + at + lanes * u) * z[u] + rate * Lanes::load(gate + lanes * u);
        });
      }
    };
    for (int i = event->previous; i >= 0; i = s.events[i].previous) {
      const Event& before = s.events[i];
      if (before.entry > s.learned) continue;
      back_to(before.entry);
      add_touched_twice(s, first, *event, before, z, h);
    }
    if (s.carried) {
      back_to(1);
      const Lanes rate = Lanes::splat(s.discounted[0]);
      const double* tag = s.tag + event->row * s.stride + at;
      const double* trace = s.trace + event->row * s.stride + at;
      Lanes row[count];
      each<count>([&](int u) AUGSWEEP_LAMBDA {
        const Lanes z0 = Lanes::load(s.phi + at + lanes * u) * z[u];
        row[u] = rate * Lanes::load(tag + lanes * u) + z0 * Lanes::load(trace + lanes * u);
      });
      add_touched(s, first, event->touch, event->value, row, h);
    }
  }
  each<count>([&](int u) AUGSWEEP_LAMBDA { h[u].store(s.h + at + lanes * u); });
}

/// y, and the units' part of Q, from h.
template <int count>
AUGSWEEP_INLINE void activate(State& s, int first, const Lanes (&h)[count]) {
  const int at = lanes * first;
  Lanes y[count];
  each<count>([&](int u) AUGSWEEP_LAMBDA {
    y[u] = sigmoid_of(h[u]);
    if (u == count - 1) y[u] = y[u] & Lanes::load(s.unit_mask + at + lanes * u);  // only the last has gaps
    y[u].store(s.y + at + lanes * u);
  });
  add_values(s, first, y);
}

/// h <- phi h + (rows switched on) of V as it is now, then y and the units' part of Q.
template <int count>
AUGSWEEP_HOT void forward_units(State& s, int first, bool recalls) {
  const int at = lanes * first;
  Lanes h[count], common[count];
  each<count>([&](int u) AUGSWEEP_LAMBDA {
    h[u] = Lanes::load(s.phi + at + lanes * u) * Lanes::load(s.h + at + lanes * u);
    common[u] = Lanes::load(s.v_common + at + lanes * u);
  });
  const Event* event = s.events + s.first_event[s.entries + 1];
  for (const Event* const end = event + s.pending; event != end; ++event) {
    Lanes row[count];
    const double* v = s.v + event->row * s.stride + at;
    each<count>([&](int u) AUGSWEEP_LAMBDA { row[u] = Lanes::load(v + lanes * u) + common[u]; });
    add_touched(s, first, event->touch, event->value, row, h);
  }
  each<count>([&](int u) AUGSWEEP_LAMBDA { h[u].store(s.h + at + lanes * u); });
  if (recalls) {
    add_recalled<count>(s, first);
    each<count>([&](int u) AUGSWEEP_LAMBDA { h[u] = Lanes::load(s.h + at + lanes * u); });
  }
  activate(s, first, h);
}

/// h <- phi h + (rows switched on) of V as it is now, in a history of one-hot steps. Which of its entries
/// have touched the rows of now is as good as tossed, so it is not asked: all of z is added, under masks that
/// are mostly zero.
template <int count>
AUGSWEEP_INLINE void add_one_hot(State& s, int first, int on, int off, Lanes (&h)[count]) {
  const int at = lanes * first;
  Lanes z[count];
  const Lanes any_off = Lanes::mask(off != s.rows);
  each<count>([&](int u) AUGSWEEP_LAMBDA {
    const Lanes common = Lanes::load(s.v_common + at + lanes * u);
    const Lanes row = Lanes::load(s.v + off * s.stride + at + lanes * u) + common;
    h[u] = Lanes::load(s.phi + at + lanes * u) * Lanes::load(s.h + at + lanes * u);
    h[u] = h[u] + (Lanes::load(s.v + on * s.stride + at + lanes * u) + common);
    h[u] = h[u] + (row & (any_off & Lanes::load(s.memory_mask + at + lanes * u)));
    z[u] = Lanes::splat(0.0);
  });
  if (s.learns_inputs) {
    double sum = 0.0;
    for (int e = s.learned; e > 0; --e) {
      sum = s.rate[e] + s.kept * sum;
      const Lanes rate = Lanes::splat(sum);
      const Lanes on_again = Lanes::mask(s.on_row[e] == on);
      const Lanes off_again = any_off & Lanes::mask(s.off_row[e] == off);
      const double* gate = s.gate + e * s.stride + at;
      each<count>([&](int u) AUGSWEEP_LAMBDA {
        z[u] = Lanes::load(s.phi + at + lanes * u) * z[u] + rate * Lanes::load(gate + lanes * u);
        h[u] = h[u] + (z[u] & on_again);
        h[u] = h[u] + (z[u] & (off_again & Lanes::load(s.memory_mask + at + lanes * u)));
      });
    }
  }
  each<count>([&](int u) AUGSWEEP_LAMBDA { h[u].store(s.h + at + lanes * u); });
}

/// The same, then y and the units' part of Q.
template <int count>
AUGSWEEP_HOT void forward_one_hot(State& s, int first, int on, int off) {
  Lanes h[count];
  add_one_hot(s, first, on, off, h);
  activate(s, first, h);
}

/// The same where the traces feed the memory: every row counts, so rows, tags and traces are kept as they
/// are, without a history. The trace of a regular unit is the stimulus itself.
template <int count>
AUGSWEEP_COLD void forward_units_from_traces(State& s, const Pattern& stimulus, int first) {
  const int at = lanes * first;
  Lanes h[count];
  each<count>([&](int u) AUGSWEEP_LAMBDA {
    h[u] = Lanes::load(s.phi + at + lanes * u) * Lanes::load(s.h + at + lanes * u);
  });
  for (int i = 0; i < s.rows; ++i) {
    const bool is_onset = i < s.stimuli;
    const int unit = is_onset ? i : i - s.stimuli;
    const std::uint64_t bits = (is_onset ? s.onset : s.offset)[unit / 64];
    const Lanes x = Lanes::splat((bits >> (unit % 64) & 1U) != 0 ? 1.0 : 0.0);
    const Lanes shown = Lanes::splat(is_onset ? stimulus.values[unit] : 0.0);
    double* trace = s.trace + i * s.stride + at;
    const double* v = s.v + i * s.stride + at;
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      const Lanes input = (x & Lanes::load(s.memory_mask + at + lanes * u)) +
                          (shown & Lanes::load(s.regular_mask + at + lanes * u));
      const Lanes now = Lanes::load(s.phi + at + lanes * u) * Lanes::load(trace + lanes * u) + input;
      now.store(trace + lanes * u);
      h[u] = h[u] + now * Lanes::load(v + lanes * u);
    });
  }
  each<count>([&](int u) AUGSWEEP_LAMBDA { h[u].store(s.h + at + lanes * u); });
  activate(s, first, h);
}

/// Every row of V += rate (its tag), for networks without a history.
template <int count>
AUGSWEEP_COLD void learn_rows(State& s, int first, double rate) {
  const Lanes factor = Lanes::splat(rate);
  for (int i = 0; i < s.rows; ++i) {
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      const int at = i * s.stride + lanes * (first + u);
      (Lanes::load(s.v + at) + factor * Lanes::load(s.tag + at)).store(s.v + at);
    });
  }
}

/// The part that all rows of V have in common learns as a row does that nothing switches on.
template <int count>
AUGSWEEP_HOT void learn_common(State& s, int first, double rate) {
  const Lanes factor = Lanes::splat(rate);
  each<count>([&](int u) AUGSWEEP_LAMBDA {
    const int at = lanes * (first + u);
    (Lanes::load(s.v_common + at) + factor * Lanes::load(s.common_tag + at)).store(s.v_common + at);
  });
}

/// W += rate (its tag), if learns; then, if tags, the tags of W decay and y is added to the response's.
template <bool learns, bool tags, int count>
AUGSWEEP_HOT void update_output(State& s, int first, double rate, int response) {
  const Lanes factor = Lanes::splat(rate);
  const Lanes kept = Lanes::splat(s.kept);
  for (int a = 0; a < s.responses; ++a) {
    const Lanes chosen = Lanes::splat(s.choice[s.responses - 1 - response + a]);
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      const int at = a * s.stride + lanes * (first + u);
      const Lanes tag = Lanes::load(s.w_tag + at);
      if constexpr (learns) (Lanes::load(s.w + at) + factor * tag).store(s.w + at);
      if constexpr (tags) (kept * tag + chosen * Lanes::load(s.y + lanes * (first + u))).store(s.w_tag + at);
    });
  }
}

/// A new entry of the history: y (1 - y) W'[response].
template <int count>
AUGSWEEP_HOT void tag_inputs(State& s, int first, int response) {
  const Lanes one = Lanes::splat(1.0);
  Lanes gate[count];
  each<count>([&](int u) AUGSWEEP_LAMBDA {
    const int at = response * s.stride + lanes * (first + u);
    const Lanes y = Lanes::load(s.y + lanes * (first + u));
    Lanes back = Lanes::load(s.feedback + at);
    if (s.feedback_follows) back = back + Lanes::load(s.w + at);
    gate[u] = (y * (one - y)) * back;
  });
  if (s.from_traces) {
    const Lanes kept = Lanes::splat(s.kept);
    for (int i = 0; i < s.rows; ++i) {
      each<count>([&](int u) AUGSWEEP_LAMBDA {
        const int at = i * s.stride + lanes * (first + u);
        (kept * Lanes::load(s.tag + at) + Lanes::load(s.trace + at) * gate[u]).store(s.tag + at);
      });
    }
  } else {
    const int entry = (s.entries + 1) * s.stride + lanes * first;
    each<count>([&](int u) AUGSWEEP_LAMBDA { gate[u].store(s.gate + entry + lanes * u); });
    if (s.carried) return;
    const Lanes kept = Lanes::splat(s.kept);
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      double* tag = s.common_tag + lanes * (first + u);
      const Lanes trace = Lanes::load(s.common_trace + entry + lanes * u);
      (kept * Lanes::load(tag) + trace * gate[u]).store(tag);
    });
  }
}

/// What a step learns and tags, and the forward pass of the next, in a history of one-hot steps. What of it
/// waits for the rate comes first; the old y is in memory until the new one is known.
template <int count>
AUGSWEEP_HOT void next_one_hot(State& s, int first, double rate, int response, int on, int off) {
  Lanes h[count];
  if (s.learns_inputs) learn_common<count>(s, first, rate);
  add_one_hot(s, first, on, off, h);
  update_output<true, true, count>(s, first, rate, response);
  tag_inputs<count>(s, first, response);
  activate(s, first, h);
}

/// The history into whole rows: see Functions::expand.
template <int count>
AUGSWEEP_COLD void expand_units(const State& s, int first, double* v_out, double* tag_out,
                                double* trace_out) {
  const int at = lanes * first;
  const bool learned = s.learned >= 0 && s.learns_inputs;
  Lanes phi[count], z[count], t[count], x[count];  // for weights, tags and traces
  const auto start = [&] {
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      z[u] = t[u] = Lanes::splat(0.0);
      x[u] = Lanes::load(s.unit_mask + at + lanes * u) & Lanes::splat(1.0);
    });
    return 1.0;
  };
  const auto back = [&](int e, double kept) {
    const double* gate = s.gate + e * s.stride + at;
    const Lanes rate = Lanes::splat(learned && e <= s.learned ? s.discounted[e] : 0.0);
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      const Lanes g = Lanes::load(gate + lanes * u);
      z[u] = phi[u] * z[u];
      if (learned && e <= s.learned) z[u] = z[u] + rate * g;
      t[u] = phi[u] * t[u] + Lanes::splat(kept) * g;
    });
  };
  each<count>([&](int u) AUGSWEEP_LAMBDA { phi[u] = Lanes::load(s.phi + at + lanes * u); });
  // To the history's beginning, for what stood there before; then once more, for its events.
  double kept = start();
  for (int e = s.entries; e > 0; --e) {
    back(e, kept);
    kept *= s.kept;
    each<count>([&](int u) AUGSWEEP_LAMBDA { x[u] = phi[u] * x[u]; });
  }
  for (int i = 0; i < s.rows; ++i) {
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      const int place = i * s.stride + at + lanes * u;
      if (!s.carried) {
        Lanes::load(s.v + place).store(v_out + place);
        Lanes::load(s.common_tag + at + lanes * u).store(tag_out + place);
        Lanes::load(s.common_trace + s.entries * s.stride + at + lanes * u).store(trace_out + place);
        return;
      }
      const Lanes tag = Lanes::load(s.tag + place);
      const Lanes trace = Lanes::load(s.trace + place);
      Lanes v = Lanes::load(s.v + place);
      if (learned) v = v + (Lanes::splat(s.discounted[0]) * tag + (phi[u] * z[u]) * trace);
      v.store(v_out + place);
      (Lanes::splat(kept) * tag + (phi[u] * t[u]) * trace).store(tag_out + place);
      (x[u] * trace).store(trace_out + place);
    });
  }
  kept = start();
  for (int e = s.entries; e > 0; --e) {
    back(e, kept);
    kept *= s.kept;
    for_events(s, e, [&](const Event& event) {
      const auto add = [&](double* out, const Lanes(&what)[count]) {
        Lanes sum[count];
        double* row = out + event.row * s.stride + at;
        each<count>([&](int u) AUGSWEEP_LAMBDA { sum[u] = Lanes::load(row + lanes * u); });
        add_touched(s, first, event.touch, event.value, what, sum);
        each<count>([&](int u) AUGSWEEP_LAMBDA { sum[u].store(row + lanes * u); });
      };
      if (learned) add(v_out, z);
      add(tag_out, t);
      if (event.touch != Touch::regular) {
        Lanes memory[count];
        each<count>([&](int u)
                        AUGSWEEP_LAMBDA { memory[u] = x[u] & Lanes::load(s.memory_mask + at + lanes * u); });
        add(trace_out, memory);
      }
    });
    each<count>([&](int u) AUGSWEEP_LAMBDA { x[u] = phi[u] * x[u]; });
  }
}

/// The end of a history that nothing follows: what it has taught goes into the rows that it has touched.
template <int count>
AUGSWEEP_HOT void close_one_hot(State& s, int first) {
  const int at = lanes * first;
  Lanes z[count];
  each<count>([&](int u) AUGSWEEP_LAMBDA { z[u] = Lanes::splat(0.0); });
  double sum = 0.0;
  for (int e = s.learned; e > 0; --e) {
    sum = s.rate[e] + s.kept * sum;
    const Lanes rate = Lanes::splat(sum);
    const double* gate = s.gate + e * s.stride + at;
    double* on = s.v + s.on_row[e] * s.stride + at;
    double* off = s.v + s.off_row[e] * s.stride + at;
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      z[u] = Lanes::load(s.phi + at + lanes * u) * z[u] + rate * Lanes::load(gate + lanes * u);
      (Lanes::load(on + lanes * u) + z[u]).store(on + lanes * u);
      (Lanes::load(off + lanes * u) + (z[u] & Lanes::load(s.memory_mask + at + lanes * u)))
          .store(off + lanes * u);
    });
  }
}

/// The same for any history.
template <int count>
AUGSWEEP_COLD void close_history(State& s, int first) {
  const int at = lanes * first;
  Lanes z[count];
  each<count>([&](int u) AUGSWEEP_LAMBDA { z[u] = Lanes::splat(0.0); });
  for (int e = s.learned; e > 0; --e) {
    const Lanes rate = Lanes::splat(s.discounted[e]);
    const double* gate = s.gate + e * s.stride + at;
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      z[u] = Lanes::load(s.phi + at + lanes * u) * z[u] + rate * Lanes::load(gate + lanes * u);
    });
    for (int i = s.first_event[e]; i < s.first_event[e + 1]; ++i) {
      const Event& event = s.events[i];
      Lanes row[count];
      double* v = s.v + event.row * s.stride + at;
      each<count>([&](int u) AUGSWEEP_LAMBDA { row[u] = Lanes::load(v + lanes * u); });
      add_touched(s, first, event.touch, event.value, z, row);
      each<count>([&](int u) AUGSWEEP_LAMBDA { row[u].store(v + lanes * u); });
    }
  }
  if (!s.carried) return;
  const Lanes rate = Lanes::splat(s.discounted[0]);
  for (int i = 0; i < s.rows; ++i) {
    each<count>([&](int u) AUGSWEEP_LAMBDA {
      const int place = i * s.stride + at + lanes * u;
      const Lanes z0 = Lanes::load(s.phi + at + lanes * u) * z[u];
      (Lanes::load(s.v + place) + (rate * Lanes::load(s.tag + place) + z0 * Lanes::load(s.trace + place)))
          .store(s.v + place);
    });
  }
}

template <int count>
AUGSWEEP_HOT void reset_units(State& s, int first) {
  const int at = lanes * first;
  each<count>([&](int u) AUGSWEEP_LAMBDA {
    const Lanes tag = Lanes::load(s.fresh_tag + at + lanes * u);
    const Lanes trace = Lanes::load(s.fresh_trace + at + lanes * u);
    trace.store(s.h + at + lanes * u);
    tag.store(s.common_tag + at + lanes * u);
    for (int a = 0; a < s.responses; ++a) tag.store(s.w_tag + a * s.stride + at + lanes * u);
    if (s.from_traces) {
      for (int i = 0; i < s.rows; ++i) {
        tag.store(s.tag + i * s.stride + at + lanes * u);
        trace.store(s.trace + i * s.stride + at + lanes * u);
      }
    }
  });
}

AUGSWEEP_INLINE void forget_history(State& s) {
  if (!s.one_hot) {
    for (int i = 0; i < s.first_event[s.entries + 1]; ++i) s.last_event[s.events[i].row] = -1;
  }
  s.one_hot = !s.from_traces;
  s.entries = 0;
  s.learned = -1;
  s.rate[0] = 0.0;
  s.pending = 0;
}

/// Applies f.template operator()<count>(first) to all vectors, at most four at a time.
template <int vectors, class F>
AUGSWEEP_INLINE void for_units(const State& s, F f) {
  if constexpr (vectors > 0) {
    f.template operator()<vectors>(0);
  } else {
    int first = 0;
    for (; first + specialised <= s.vectors; first += specialised) f.template operator()<specialised>(first);
    switch (s.vectors - first) {
      case 1:
        return f.template operator()<1>(first);
      case 2:
        return f.template operator()<2>(first);
      case 3:
        return f.template operator()<3>(first);
      default:
        return;
    }
  }
}

/// The functions of the table, for networks of that many vectors; 0: of any number.
template <int vectors>
struct Kernel {
  static void forward(State& s, const Pattern& stimulus, bool repeat) {
    take_sizes_as_known(s);
    const int on = stimulus.single;
    const int off = s.shown_row;
    if (stays_one_hot(s, stimulus, repeat)) {
      take_single(s, stimulus);
      s.on_row[s.entries + 1] = on;
      s.off_row[s.entries + 1] = off;
      for_units<vectors>(
          s, [&]<int count>(int first) AUGSWEEP_LAMBDA { forward_one_hot<count>(s, first, on, off); });
      return;
    }
    take_stimulus(s, stimulus, repeat);
    if (s.from_traces) {
      for_units<vectors>(s,
                         [&]<int count>(int first) { forward_units_from_traces<count>(s, stimulus, first); });
      return;
    }
    if (s.one_hot) spell_out(s);
    const bool touched_before = find_events(s, stimulus);
    const bool recalls = (touched_before || s.carried) && s.learned >= 0 && s.learns_inputs;
    if (recalls) discount_rates(s);
    for_units<vectors>(s, [&]<int count>(int first) { forward_units<count>(s, first, recalls); });
  }

  static void learn(State& s, double rate) {
    take_sizes_as_known(s);
    for_units<vectors>(s,
                       [&]<int count>(int first) { update_output<true, false, count>(s, first, rate, 0); });
    learn_inputs(s, rate);
  }

  static void tag(State& s, int response) {
    take_sizes_as_known(s);
    for_units<vectors>(
        s, [&]<int count>(int first) { update_output<false, true, count>(s, first, 0.0, response); });
    tag_history(s, response);
  }

  static void learn_and_tag(State& s, double rate, int response) {
    take_sizes_as_known(s);
    for_units<vectors>(
        s, [&]<int count>(int first) { update_output<true, true, count>(s, first, rate, response); });
    learn_inputs(s, rate);
    tag_history(s, response);
  }

  static void learn_tag_and_forward(State& s, double rate, int response, const Pattern& stimulus,
                                    bool repeat) {
    take_sizes_as_known(s);
    const int on = stimulus.single;
    const int off = s.shown_row;
    if (!stays_one_hot(s, stimulus, repeat) || s.entries + 1 == s.longest_history) {
      learn_and_tag(s, rate, response);
      forward(s, stimulus, repeat);
      return;
    }
    s.rate[s.entries] += rate;
    s.learned = s.entries;
    for_units<vectors>(s, [&]<int count>(int first)
                              AUGSWEEP_LAMBDA { next_one_hot<count>(s, first, rate, response, on, off); });
    s.rate[++s.entries] = 0.0;
    take_single(s, stimulus);
    s.on_row[s.entries + 1] = on;
    s.off_row[s.entries + 1] = off;
  }

  static void reset(State& s) {
    take_sizes_as_known(s);
    if (s.learned >= 0 && s.learns_inputs) {
      if (s.one_hot) {
        for_units<vectors>(s, [&]<int count>(int first) AUGSWEEP_LAMBDA { close_one_hot<count>(s, first); });
      } else {
        discount_rates(s);
        for_units<vectors>(s, [&]<int count>(int first) { close_history<count>(s, first); });
      }
    }
    forget_history(s);
    s.carried = s.from_traces;
    for_units<vectors>(s, [&]<int count>(int first) { reset_units<count>(s, first); });
  }

  static void expand(const State& s, double* v, double* tags, double* traces) {
    discount_rates(s);
    for_units<vectors>(s, [&]<int count>(int first) { expand_units<count>(s, first, v, tags, traces); });
  }

 private:
  /// Stores sizes that stand there already: so the compiler knows that they are constants.
  AUGSWEEP_INLINE static void take_sizes_as_known(State& s) {
    if constexpr (vectors > 0) {
      s.vectors = vectors;
      s.stride = lanes * vectors;
    }
  }

  /// Whether the stimulus is a single unit, another than before, in a history of such steps.
  AUGSWEEP_INLINE static bool stays_one_hot(const State& s, const Pattern& stimulus, bool repeat) {
    return s.one_hot && static_cast<unsigned>(stimulus.single) < static_cast<unsigned>(s.stimuli) &&
           s.shown_row >= 0 && s.shown_row != s.stimuli + stimulus.single && !repeat;
  }

  AUGSWEEP_INLINE static void learn_inputs(State& s, double rate) {
    if (s.from_traces) {
      if (s.learns_inputs) {
        for_units<vectors>(s, [&]<int count>(int first) { learn_rows<count>(s, first, rate); });
      }
      return;
    }
    if (s.learns_inputs && !s.carried) {
      for_units<vectors>(s, [&]<int count>(int first) { learn_common<count>(s, first, rate); });
    }
    s.rate[s.entries] += rate;
    s.learned = s.entries;
  }

  AUGSWEEP_INLINE static void tag_history(State& s, int response) {
    for_units<vectors>(s, [&]<int count>(int first) { tag_inputs<count>(s, first, response); });
    if (s.from_traces) return;
    const int entry = ++s.entries;
    s.rate[entry] = 0.0;
    if (!s.one_hot) list_events(s, entry);
    if (entry == s.longest_history) carry_on(s);
  }

  /// The events of the last forward pass become those of an entry.
  [[gnu::noinline]] static void list_events(State& s, int entry) {
    const std::int32_t begin = s.first_event[entry];
    for (std::int32_t i = begin; i < begin + s.pending; ++i) {
      std::int32_t& last = s.last_event[s.events[i].row];
      s.events[i].previous = last;
      last = i;
    }
    s.first_event[entry + 1] = begin + s.pending;
  }

  /// A history that grows too long goes into rows, tags and traces; another begins after it.
  [[gnu::noinline]] static void carry_on(State& s) {
    expand(s, s.v, s.tag, s.trace);
    forget_history(s);
    s.one_hot = false;
    s.carried = true;
  }
};

template <int vectors>
constexpr Functions functions_for() {
#if AUGSWEEP_WIDTH > 2
  using K = Kernel<vectors>;
#else
  using K = Kernel<0>;
#endif
  return {K::forward, K::learn, K::tag, K::learn_and_tag, K::learn_tag_and_forward, K::reset, K::expand};
}
