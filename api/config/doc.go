// Package config reads a program's settings from a file, the environment and flags into the program's own struct.
//
//	type Settings struct {
//		Addr     string `help:"address to listen on"`
//		Database string `config:"db" help:"database URL"`
//		Mail     struct {
//			From     string
//			Password string `config:",secret"`
//		}
//	}
//
//	cfg, err := config.Load("blog", Settings{Addr: ":8080", Database: "sqlite:blog.db"})
//	if errors.Is(err, config.ErrHelp) {
//		return nil
//	}
//
// A later source wins over an earlier one:
//
//  1. the defaults, which are the values of the struct that Load is given;
//  2. the file blog.yaml (or .yml, .json, .toml) in the current directory, if there is one, or the file named by -config or
//     BLOG_CONFIG, which must exist;
//  3. environment variables: BLOG_ADDR, BLOG_DB, BLOG_MAIL_FROM; an empty one counts as not set;
//  4. flags, with one dash or two: -addr, -db, -mail-from.
//
// Nothing else of this module reads the environment.
//
// # Fields
//
// The key of a field is its name in snake_case; fields of a nested struct have the struct's key in front (mail.from), those of an
// embedded struct do not. Two tags say more:
//
//   - config:"name,option,…" gives another name; config:"-" leaves the field out. The option secret keeps a value out of help texts and
//     errors; the option size lets an integer take 64KB or 10MiB, as those do whose name ends in Bytes.
//   - help:"text" says what the setting is for.
//
// A field may be a text, a boolean, a number, a [time.Duration], any type with UnmarshalText, a pointer to one of these, or a
// slice or map of them; lists are written a,b and maps k=v,k=v in variables and flags. Slices of structs come from the file only.
// Fields of other types (functions, interfaces, pointers to structs) are left as they are. Keys of maps come in lower case.
//
// # Extending
//
// A type of your own becomes a setting by [encoding.TextUnmarshaler]. [Describe] lists the settings for documentation.
package config
