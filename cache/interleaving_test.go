package cache_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The search below tries every interleaving of two writers, which each change a row and invalidate its tag, and two readers, which
// read through a cache that may also lose entries and tags at any moment. A protocol fails when, after everybody has finished, a
// look-up finds a value that is not the row's. A writer on another instance is a writer whose bump comes late, with its message.

// protocol is a way of keeping old values out. The steps of a reader and a writer are programs over the world.
type protocol struct {
	name   string
	broken bool
	reader []step
	writer []step
	valid  func(w *world) bool // of the stored entry, when it is looked up
	evicts bool                // tags may be lost
	loses  bool                // the bus may break once
}

// world is everything there is; it is compared with ==, so the search knows where it has been.
type world struct {
	row    int8 // the committed value
	clock  int8
	tag    int8 // number of the tag's last invalidation; -1: not known
	stored entryState
	off    bool // the cache is switched off because the bus is lost
	epoch  int8 // goes up when the cache was emptied

	actors  [4]actor // two writers, two readers
	evicted bool
	cut     bool
}

type entryState struct {
	present      bool
	value, stamp int8
}

type actor struct {
	at           int8 // index of the next step
	stamp, epoch int8
	value        int8
	pass         bool
}

// step does one thing that nothing can interrupt.
type step func(w *world, me *actor)

const (
	tagUnknown = -1
	maxActors  = 4
)

// search runs a protocol through every interleaving, and returns how many worlds there are and whether an old value stayed.
func search(p protocol) (worlds int, stale bool) {
	begin := world{}
	seen := map[world]bool{begin: true}
	todo := []world{begin}
	push := func(w world) {
		if !seen[w] {
			seen[w] = true
			todo = append(todo, w)
		}
	}
	for len(todo) > 0 {
		w := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		done := true
		for i := range maxActors {
			program := p.writer
			if i >= 2 {
				program = p.reader
			}
			if int(w.actors[i].at) < len(program) {
				done = false
				next := w
				me := &next.actors[i]
				me.at++
				program[me.at-1](&next, me)
				push(next)
			}
		}
		if p.evicts && !w.evicted {
			next := w
			next.evicted, next.tag = true, tagUnknown
			push(next)
		}
		if p.loses && !w.cut {
			next := w
			next.cut, next.off, next.stored, next.epoch = true, true, entryState{}, next.epoch+1
			push(next)
		}
		if w.off {
			next := w
			next.off, next.stored, next.epoch = false, entryState{}, next.epoch+1
			push(next)
		}
		if done && !w.off && w.stored.present && p.valid(&w) && w.stored.value != w.row {
			stale = true
		}
	}
	return len(seen), stale
}

// The steps that protocols are made of.

func commit(w *world, _ *actor) { w.row++ }
func drop(w *world, _ *actor)   { w.stored = entryState{} }
func read(w *world, me *actor)  { me.value = w.row }
func store(w *world, me *actor) { w.stored = entryState{true, me.value, me.stamp} }

// look takes the stamp when there is nothing to serve; a hit ends the reader.
func look(p *protocol) step {
	return func(w *world, me *actor) {
		if !w.off && w.stored.present && p.valid(w) {
			me.at = int8(len(p.reader)) // served
		}
	}
}

func stamp(w *world, me *actor) { me.stamp, me.epoch = w.clock, w.epoch }
func bump(w *world, _ *actor)   { w.clock++; w.tag = w.clock }

// bumpAndDrop is what Cache.Invalidate does to the memory store: one step, under the ledger's lock.
func bumpAndDrop(w *world, me *actor) { bump(w, me); drop(w, me) }

// storeIfValid is what Cache.Do does to the memory store: looking and storing are one step, under the same lock.
func storeIfValid(w *world, me *actor) {
	if !w.off && me.epoch == w.epoch && w.tag <= me.stamp {
		store(w, me)
	}
}

// compareLast is the first of two steps: nothing was invalidated until now.
func compareLast(w *world, me *actor) { me.pass = me.stamp == w.clock }

func storeIfPassed(w *world, me *actor) {
	if me.pass {
		store(w, me)
	}
}

// openTag makes a tag known again, at the clock of now.
func openTag(w *world, _ *actor) {
	if w.tag == tagUnknown {
		w.tag = w.clock
	}
}

// openTagAtStamp makes it known at the entry's own stamp.
func openTagAtStamp(w *world, me *actor) {
	if w.tag == tagUnknown {
		w.tag = me.stamp
	}
}

func always(*world) bool        { return true }
func tagNotNewer(w *world) bool { return w.tag <= w.stored.stamp } // an unknown tag counts as never invalidated
func tagKnown(w *world) bool    { return w.tag != tagUnknown && w.tag <= w.stored.stamp }

func protocols() []protocol {
	return []protocol{
		{
			name: "delete after the commit", broken: true,
			reader: []step{nil, read, store}, writer: []step{commit, drop}, valid: always,
		},
		{
			name: "delete before and after the commit", broken: true,
			reader: []step{nil, read, store}, writer: []step{drop, commit, drop}, valid: always,
		},
		{
			name: "compare the generation, then store, in two steps", broken: true,
			reader: []step{nil, stamp, read, compareLast, storeIfPassed}, writer: []step{commit, bumpAndDrop}, valid: always,
		},
		{
			name: "a stamp, but the tag is bumped before the commit only", broken: true,
			reader: []step{nil, stamp, read, store}, writer: []step{bump, commit}, valid: tagKnown,
		},
		{
			name: "a stamp that is taken after the read", broken: true,
			reader: []step{nil, read, stamp, store}, writer: []step{commit, bump}, valid: tagKnown,
		},
		{
			name: "a stamp, and a lost tag counts as never invalidated", broken: true, evicts: true,
			reader: []step{nil, stamp, read, store}, writer: []step{commit, bump}, valid: tagNotNewer,
		},
		{
			name: "a stamp, and a missing tag is made at the entry's own stamp", broken: true, evicts: true,
			reader: []step{nil, stamp, read, openTagAtStamp, store}, writer: []step{commit, bump}, valid: tagKnown,
		},
		{
			name:   "memory: drop and bump in one step, look and store in one step",
			reader: []step{nil, stamp, read, storeIfValid}, writer: []step{commit, bumpAndDrop}, valid: always,
		},
		{
			name: "memory, with a bus that breaks: empty and off, then empty and on", loses: true,
			reader: []step{nil, stamp, read, storeIfValid}, writer: []step{commit, bumpAndDrop}, valid: always,
		},
		{
			name:   "another store: stamp before the read, bump after the commit, checked when it is looked up",
			reader: []step{nil, stamp, read, store}, writer: []step{commit, bump}, valid: tagKnown,
		},
		{
			name: "another store, tags may be lost, and a lost tag is a miss", evicts: true,
			reader: []step{nil, stamp, read, openTag, store}, writer: []step{commit, bump}, valid: tagKnown,
		},
	}
}

func TestP5_NoInterleavingLeavesAnOldValue(t *testing.T) {
	t.Parallel()
	for _, p := range protocols() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.reader[0] = look(&p)
			worlds, stale := search(p)
			t.Logf("%d worlds", worlds)
			require.Equal(t, p.broken, stale, "does an old value stay?")
		})
	}
}
