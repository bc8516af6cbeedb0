"""Sending: check, plan, ask, seal, send.

1. `run.send` reads and checks the list and composes every message (`preflight.check`), then compares the rows with
   the ledger (`Roster.compare`), connects once, asks, and plans (`Roster.plan`), which seals the campaign.
2. `engine.Engine` runs as many `lane.Lane`s as there are connections.
3. `feed.Feed` hands each lane the next delivery that is due, from slices of the ledger, at the account's pace
   (`pacing.Pacing`) and within its quota.
4. The lane composes the message and offers its envelope; `settle.envelope` judges a refusal.
5. When the relay is ready, the intent is made durable (`Ledger.commit`); only then the body leaves.
6. `settle.final` judges the reply to the final dot; the result is made durable and told to the listeners.
7. `connections.Connections` says how many connections there may be and `throttle.Throttle` how fast letters may go, as
   the relay's refusals teach them; a letter that only met such a limit goes back untried.
8. `breaker.Breaker` (no connection), `alarm.Alarm` (refusals in a row) and the relay's own words end the run through
   `stop.StopSignal`, as the user does; `losses.Losses` puts off a letter that breaks connections.
"""
