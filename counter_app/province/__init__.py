"""The reference provincial service: takes journals from NATS into PostgreSQL and answers what it holds."""
