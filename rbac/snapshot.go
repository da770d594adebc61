package rbac

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// shardCount divides the index so that a change copies a small part of it.
const shardCount = 256

// snapshot is a whole policy at one version, ready to decide. It is immutable once published: a request loads it once and uses it to
// its end.
type snapshot struct {
	version int64
	shards  [shardCount]map[place]*bucket
	// edges are grants by who gets the role: between roles, and those of the configuration.
	edges map[string][]edge
	// resources are what may be asked for; nil until they are described.
	resources map[string]*policy.Resource
	// quarantined are stored rules that could not be understood, by their ids.
	quarantined map[int64]Quarantined
}

// place is where a rule counts, and for whom.
type place struct{ dom, sub string }

// target is what a rule is about.
type target struct{ obj, act string }

// bucket holds the rules of one place by target.
type bucket struct {
	rules map[target][]*entry
	// anyObject and anyAction say whether targets with a star exist at all.
	anyObject, anyAction bool
}

// entry is one rule, ready for each resource it is about.
type entry struct {
	rule Rule
	// one is the rule for the resource it names; each are the forms of a rule about every resource.
	one  *compiled
	each map[string]*compiled
}

// on is the rule as it stands for a resource; nil when it says nothing about it.
func (e *entry) on(resource string) *compiled {
	if e.each != nil {
		return e.each[resource]
	}
	return e.one
}

// edge leads from a subject to a role.
type edge struct {
	id    int64
	role  string
	dom   string
	until time.Time // zero: for ever
}

// counts reports whether the edge holds in a tenant at a moment.
func (g *edge) counts(tenant string, now time.Time) bool {
	return (g.dom == "*" || g.dom == tenant) && (g.until.IsZero() || now.Before(g.until))
}

func shardOf(p place) uint8 {
	hash := uint32(2166136261) // FNV-1a
	for i := range len(p.sub) {
		hash = (hash ^ uint32(p.sub[i])) * 16777619
	}
	for i := range len(p.dom) {
		hash = (hash ^ uint32(p.dom[i])) * 16777619
	}
	return uint8(hash ^ hash>>8 ^ hash>>16)
}

func (s *snapshot) bucket(p place) *bucket { return s.shards[shardOf(p)][p] }

// find calls yield with every list of rules of the bucket that may be about the action on the resource, until it returns false.
func (b *bucket) find(obj, act string, yield func([]*entry) bool) {
	wide := b.anyObject && !strings.HasPrefix(obj, "gw.")
	for _, about := range [...]struct {
		asked bool
		target
	}{{true, target{obj, act}}, {b.anyAction, target{obj, "*"}}, {wide, target{"*", act}}, {wide && b.anyAction, target{"*", "*"}}} {
		if !about.asked {
			continue
		}
		if list := b.rules[about.target]; list != nil && !yield(list) {
			return
		}
	}
}

// allows is the coarse decision: may the holder of these buckets do something of this kind at all? It allocates nothing.
func allows(buckets []*bucket, obj, act string) bool {
	allowed, denied := false, false
	for _, b := range buckets {
		b.find(obj, act, func(list []*entry) bool {
			for _, e := range list {
				c := e.on(obj)
				switch {
				case c == nil:
				case c.blanket:
					denied = true
				case !c.deny && !c.broken:
					allowed = true
				}
			}
			return !denied
		})
		if denied {
			return false
		}
	}
	return allowed
}

// draft is a snapshot in the making, which shares with the one it came from what does not change.
type draft struct {
	*snapshot
	ownShard  [shardCount]bool
	ownBucket map[*bucket]bool
	ownEdges  bool
}

func newDraft(resources map[string]*policy.Resource) *draft {
	return &draft{
		snapshot: &snapshot{
			edges: map[string][]edge{}, resources: resources, quarantined: map[int64]Quarantined{},
		},
		ownBucket: map[*bucket]bool{}, ownEdges: true,
	}
}

// change begins a new version of s.
func (s *snapshot) change() *draft {
	next := *s
	next.quarantined = maps.Clone(s.quarantined)
	return &draft{snapshot: &next, ownBucket: map[*bucket]bool{}}
}

// writable is the bucket at p, copied if it is shared.
func (d *draft) writable(p place) *bucket {
	shard := shardOf(p)
	if !d.ownShard[shard] {
		d.shards[shard] = maps.Clone(d.shards[shard])
		if d.shards[shard] == nil {
			d.shards[shard] = map[place]*bucket{}
		}
		d.ownShard[shard] = true
	}
	b := d.shards[shard][p]
	if d.ownBucket[b] {
		return b
	}
	fresh := &bucket{rules: map[target][]*entry{}}
	if b != nil {
		fresh.anyAction, fresh.anyObject = b.anyAction, b.anyObject
		for t, list := range b.rules {
			fresh.rules[t] = slices.Clone(list)
		}
	}
	d.ownBucket[fresh] = true
	d.shards[shard][p] = fresh
	return fresh
}

func (r Rule) place() place   { return place{r.Dom, string(r.Sub)} }
func (r Rule) target() target { return target{r.Obj, string(r.Act)} }

// add puts a rule into the index.
func (d *draft) add(e *entry) {
	b := d.writable(e.rule.place())
	t := e.rule.target()
	b.rules[t] = append(b.rules[t], e)
	b.anyObject = b.anyObject || t.obj == "*"
	b.anyAction = b.anyAction || t.act == "*"
}

// remove takes a rule out of the index, if it is there.
func (d *draft) remove(r Rule) {
	delete(d.quarantined, r.ID)
	p, t := r.place(), r.target()
	if b := d.bucket(p); b == nil || b.rules[t] == nil {
		return
	}
	b := d.writable(p)
	b.rules[t] = slices.DeleteFunc(b.rules[t], func(e *entry) bool { return e.rule.ID == r.ID })
	if len(b.rules[t]) == 0 {
		delete(b.rules, t)
	}
	if len(b.rules) == 0 {
		delete(d.shards[shardOf(p)], p)
	}
}

// connect adds a grant, in the place of one with the same number.
func (d *draft) connect(g Grant) {
	d.disconnect(g)
	d.edges[string(g.Sub)] = append(slices.Clip(d.edges[string(g.Sub)]), edge{g.ID, string(g.Role), g.Dom, g.ExpiresAt})
}

// disconnect takes a grant away, if it is there.
func (d *draft) disconnect(g Grant) {
	if !d.ownEdges {
		d.edges, d.ownEdges = maps.Clone(d.edges), true
	}
	kept := slices.DeleteFunc(slices.Clone(d.edges[string(g.Sub)]), func(e edge) bool { return e.id == g.ID })
	if len(kept) == 0 {
		delete(d.edges, string(g.Sub))
		return
	}
	d.edges[string(g.Sub)] = kept
}
