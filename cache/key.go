package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
)

// Key names an entry. It is made by [Cache.Key]; the zero Key is never stored. Two keys are the same when their canonical bytes are:
// the hash only finds the entry, and an entry found under a wrong key counts as a miss.
type Key struct {
	canonical string
	hash      [16]byte
	scope     Scope
	name      string
	tags      []Tag
}

// Key makes the key of an answer that the scope shares. The name says what is cached and appears in metrics; the parts say
// everything else that the answer depends on, in an order of the caller's. No two different lists of parts give one key. A key of
// the zero Scope is never stored.
func (c *Cache) Key(s Scope, name string, parts ...string) Key {
	var stack [512]byte
	b := appendScope(appendField(stack[:0], c.config.Namespace), s)
	b = appendField(b, "key")
	b = appendField(b, name)
	for _, part := range parts {
		b = appendField(b, part)
	}
	return newKey(b, s, name)
}

// Reads returns the key together with tags that every answer under it carries. A tag named here, and not only found by the fill, lets
// requests after an invalidation start anew at once, where they would otherwise wait for a fill that began before it.
func (k Key) Reads(tags ...Tag) Key {
	k.tags = append(slices.Clip(k.tags), tags...)
	return k
}

// Canonical is the exact bytes that make two keys equal.
func (k Key) Canonical() string { return k.canonical }

// Hash is 128 bits of the SHA-256 of the canonical bytes: the same in every process.
func (k Key) Hash() [16]byte { return k.hash }

// Scope is who shares the answer.
func (k Key) Scope() Scope { return k.scope }

// String is the hash in hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k.hash[:]) }

func newKey(canonical []byte, s Scope, name string) Key {
	k := Key{canonical: string(canonical), scope: s, name: name}
	sum := sha256.Sum256(canonical)
	copy(k.hash[:], sum[:])
	return k
}

// appendField appends a field with its length, so that no content can look like a border between fields.
func appendField(b []byte, field string) []byte {
	b = binary.AppendUvarint(b, uint64(len(field)))
	return append(b, field...)
}

func appendScope(b []byte, s Scope) []byte {
	b = append(b, byte(s.kind))
	b = appendField(b, s.tenant)
	b = appendField(b, s.id)
	return appendField(b, s.revision)
}

// keyFrom is the key that an entry is stored under, without what a look-up does not need.
func keyFrom(e *Entry) Key { return newKey([]byte(e.CanonicalKey), Scope{}, "") }
