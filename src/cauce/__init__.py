"""cauce: forecast, simulate, plan and negotiate orderly, safe and regular migration."""

__version__ = "0.1.0"
