"""The role `delivery`: sends each trigger to those who have subscribed, as Standard Webhooks."""
