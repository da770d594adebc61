package config_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/groundwork-go/groundwork/api/config"
)

// Settings are those of a program called blog.
type Settings struct {
	Addr string `help:"address to listen on"`
	Mail struct {
		From     string
		Password string `config:",secret"`
	}
	Session struct {
		TTL time.Duration `help:"how long a session lasts"`
	}
}

func Example() {
	defaults := Settings{Addr: ":8080"}
	defaults.Session.TTL = time.Hour
	// A program leaves WithArgs out: flags then come from the command line.
	cfg, err := config.Load("blog", defaults, config.WithArgs("-mail-from", "ada@example.com", "-session-ttl", "90m"))
	if errors.Is(err, config.ErrHelp) {
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cfg.Addr, cfg.Mail.From, cfg.Session.TTL)

	_, err = config.Load("blog", defaults, config.WithArgs("-session-ttl", "soon"))
	fmt.Println(err)
	// Output:
	// :8080 ada@example.com 1h30m0s
	// config: -session-ttl: "soon" is no duration: want a number with a unit, such as 90s, 15m or 24h
}

func ExampleDescribe() {
	settings, err := config.Describe("blog", Settings{Addr: ":8080"})
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range settings {
		fmt.Println(s.Env, "-"+s.Flag, s.Type)
	}
	// Output:
	// BLOG_ADDR -addr text
	// BLOG_MAIL_FROM -mail-from text
	// BLOG_MAIL_PASSWORD -mail-password text
	// BLOG_SESSION_TTL -session-ttl duration
}
