DROP TABLE coupon_issue_history;
DROP TABLE coupon_issues;
DROP TABLE coupons;
