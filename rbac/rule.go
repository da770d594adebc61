package rbac

import (
	"time"

	"github.com/google/uuid"

	"github.com/groundwork-go/groundwork/rbac/policy"
)

// Subject is whom a rule or grant is about: "user:<id>" or "role:<name>". Make one with [User] or [Role].
type Subject string

// The subjects that every program has.
const (
	// Anon is everybody without a credential.
	Anon Subject = "role:anon"
	// Authenticated is every signed-in user.
	Authenticated Subject = "role:authenticated"
	// Service is the holder of a secret key. No rule is asked for him, so no rule may name him.
	Service Subject = "role:service"
)

// Role is the subject of a role.
func Role(name string) Subject { return Subject(rolePrefix + name) }

// User is the subject of a user.
func User(id uuid.UUID) Subject { return Subject(userPrefix + id.String()) }

const (
	rolePrefix = "role:"
	userPrefix = "user:"
)

// Effect is what a rule does with what it speaks about.
type Effect string

// The effects. An empty Effect is Allow.
const (
	Allow Effect = "allow"
	Deny  Effect = "deny"
)

// Rule is one line of a policy.
type Rule struct {
	// ID is the rule's number in the table gw_rules. It is 0 for a rule that is not stored yet and negative for the rules of
	// [Config].
	ID int64
	// Sub is whom the rule is about.
	Sub Subject
	// Dom is the tenant in which the rule counts; default "*", every tenant.
	Dom string
	// Obj is the resource ("posts"), function ("rpc.top_posts"), or declared object. "*" is every one but those whose name
	// begins with "gw.", which must be named.
	Obj string
	// Act is the action, or "*" for every action.
	Act policy.Action
	// Cond is the condition on existing rows, in the grammar of filters, with variables such as {auth.uid}; for new rows it counts
	// when Chk is empty. Default: every row.
	Cond string
	// Fields are the columns the rule speaks about, "title,body" or all but some, "-salary,-notes"; default: all.
	Fields string
	// Eft is [Allow] or [Deny]; default Allow.
	Eft Effect
	// Chk is the condition on new rows, of insert and update; default: the same as Cond.
	Chk string
	// Preset are values forced on insert and update: "author_id={auth.uid}&status=draft". A client that sends another value is denied.
	Preset string
	// Note is for people.
	Note string
	// Disabled rules are stored and do not count.
	Disabled bool
}

// Grant gives a role to a user, or to everybody with another role.
type Grant struct {
	// ID is the grant's number in the table gw_grants, 0 for one that is not stored yet, negative for those of [Config].
	ID int64
	// Sub gets the role.
	Sub Subject
	// Role is the role, as a subject: rbac.Role("editor").
	Role Subject
	// Dom is the tenant in which the grant counts; default "*", every tenant.
	Dom string
	// ExpiresAt ends the grant; zero: it does not end.
	ExpiresAt time.Time
}

// Inherits lets the role named first do all that the second may do, in every tenant.
func Inherits(role, from string) Grant { return Grant{Sub: Role(role), Role: Role(from), Dom: "*"} }
