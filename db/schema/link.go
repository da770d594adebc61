package schema

import (
	"errors"
	"fmt"
	"slices"
)

// Link finds the relations between the tables: both sides of each foreign key whose two tables are in the list, and for each join
// table (two foreign keys that are all part of its primary key) the many-to-many relations across it. Join tables that the models
// name but the list lacks are added behind the scenes, marked [Table.Internal]; they are reached through Relation.Through.
//
// The order of a table's relations depends on nothing but the order of the list: first its own keys in order, then the keys of others
// that lead to it, then many-to-many. Linking again starts afresh. Tables must not be in use by other goroutines meanwhile.
func Link(tables []*Table) error {
	all, err := withJoinTables(tables)
	if err != nil {
		return err
	}
	l := linker{byName: make(map[[2]string]*Table, len(all))}
	for _, t := range all {
		t.Relations = nil
		if l.byName[[2]string{t.SQLSchema, t.SQLName}] == nil {
			l.byName[[2]string{t.SQLSchema, t.SQLName}] = t
		}
	}
	for _, t := range all {
		for _, k := range t.incoming {
			if holder := l.byName[[2]string{k.schema, k.table}]; holder != nil {
				holder.addKey(k)
			}
		}
	}
	for _, t := range all {
		l.outgoing(t)
	}
	for _, t := range all {
		l.backwards(t)
	}
	for _, t := range all {
		l.across(t)
	}
	return errors.Join(l.mistakes...)
}

// withJoinTables is the list and the join tables of its models that it lacks.
func withJoinTables(tables []*Table) ([]*Table, error) {
	all := slices.Clone(tables)
	for _, t := range tables {
		for _, model := range t.joins {
			schemaName, name := splitName(model)
			if slices.ContainsFunc(all, func(has *Table) bool { return has.SQLName == name && has.SQLSchema == schemaName }) {
				continue
			}
			join, err := fromBun(model)
			if err != nil {
				return nil, err
			}
			join.Internal = true
			all = append(all, join)
		}
	}
	return all, nil
}

type linker struct {
	byName   map[[2]string]*Table
	mistakes []error
}

// outgoing adds the relations over the table's own keys.
func (l *linker) outgoing(t *Table) {
	for _, k := range t.ForeignKeys {
		target := l.byName[[2]string{k.RefSchema, k.RefTable}]
		if target == nil {
			continue
		}
		to := make([]int, len(k.RefColumns))
		for i, name := range k.RefColumns {
			if to[i] = target.position(name); to[i] < 0 {
				l.mistakes = append(l.mistakes, fmt.Errorf("schema: foreign key %q: %q has no column %q", k.Name, target.SQLName, name))
				return
			}
		}
		relation := &Relation{Cardinality: ManyToOne, Constraint: k.Name, Source: t, Target: target, From: k.Columns, To: to, HoldsKey: true}
		if t.unique(k.Columns) {
			relation.Cardinality = OneToOne
		}
		t.Relations = append(t.Relations, relation)
	}
}

// backwards adds the other side of the relations over t's keys.
func (l *linker) backwards(t *Table) {
	for _, r := range t.Relations {
		if !r.HoldsKey {
			continue
		}
		back := &Relation{Cardinality: OneToMany, Constraint: r.Constraint, Source: r.Target, Target: t, From: r.To, To: r.From}
		if r.Cardinality == OneToOne {
			back.Cardinality = OneToOne
		}
		r.Target.Relations = append(r.Target.Relations, back)
	}
}

// across adds the many-to-many relations when t is a join table.
func (l *linker) across(t *Table) {
	var keys []*Relation
	for _, r := range t.Relations {
		if r.HoldsKey && t.inPrimaryKey(r.From) {
			keys = append(keys, r)
		}
	}
	for i, left := range keys {
		for j, right := range keys {
			if i == j || slices.ContainsFunc(left.From, func(c int) bool { return slices.Contains(right.From, c) }) {
				continue
			}
			left.Target.Relations = append(left.Target.Relations, &Relation{
				Cardinality: ManyToMany, Constraint: left.Constraint, Source: left.Target, Target: right.Target,
				From: left.To, To: right.To,
				Through: t, ThroughFrom: left.From, ThroughTo: right.From, ThroughConstraint: right.Constraint,
			})
		}
	}
}

// unique reports whether no two rows can have the same values in these columns.
func (t *Table) unique(columns []int) bool {
	if covered(t.PrimaryKey, columns) {
		return true
	}
	return slices.ContainsFunc(t.Uniques, func(u Unique) bool { return covered(u.Columns, columns) })
}

// covered reports whether the key is there and lies within the columns.
func covered(key, columns []int) bool {
	for _, c := range key {
		if !slices.Contains(columns, c) {
			return false
		}
	}
	return len(key) > 0
}

func (t *Table) inPrimaryKey(columns []int) bool {
	for _, c := range columns {
		if !slices.Contains(t.PrimaryKey, c) {
			return false
		}
	}
	return len(columns) > 0
}
